import type { Migration } from '@duka/kit'
import { createProducts } from './001-create-products'
import { createStockLedger } from './002-create-stock-ledger'
import { createReservationFunctions } from './003-create-reservation-functions'
import { createSearch } from './004-create-search'
import { reserveManyOrders } from './005-reserve-many-orders'
import { boundSearches } from './006-bound-searches'
import { indexHeldReservations } from './007-index-held-reservations'
import { oneSpellingOfSkus } from './008-one-spelling-of-skus'
import { oneFormOfTexts } from './009-one-form-of-texts'
import { normaliseSearches } from './010-normalise-searches'
import { remakeWords } from './011-remake-words'

export const migrations: Migration[] = [
  createProducts,
  createStockLedger,
  createReservationFunctions,
  createSearch,
  reserveManyOrders,
  boundSearches,
  indexHeldReservations,
  oneSpellingOfSkus,
  oneFormOfTexts,
  normaliseSearches,
  remakeWords,
]
