import { idempotencyMigration, type Migration } from '@duka/kit'
import { createCarts } from './001-create-carts'
import { saveCartsInOneCall } from './002-save-carts-in-one-call'
import { forgetSurplusKeys } from './003-forget-surplus-keys'
import { tellTakenOrders } from './004-tell-taken-orders'

export const migrations: Migration[] = [
  idempotencyMigration,
  createCarts,
  saveCartsInOneCall,
  forgetSurplusKeys,
  tellTakenOrders,
]
