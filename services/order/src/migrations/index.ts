import { idempotencyMigration, type Migration } from '@duka/kit'
import { createOrders } from './001-create-orders'
import { addRefundsAndCash } from './002-add-refunds-and-cash'
import { addAdminView } from './003-add-admin-view'
import { countRefundChanges } from './004-count-refund-changes'
import { keepTraces } from './005-keep-traces'
import { keepOrdersInCarts } from './006-keep-orders-in-carts'

export const migrations: Migration[] = [
  idempotencyMigration,
  createOrders,
  addRefundsAndCash,
  addAdminView,
  countRefundChanges,
  keepTraces,
  keepOrdersInCarts,
]
