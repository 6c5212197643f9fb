import { idempotencyMigration, type Migration } from '@duka/kit'
import { createOrders } from './001-create-orders'
import { addRefundsAndCash } from './002-add-refunds-and-cash'
import { addAdminView } from './003-add-admin-view'
import { countRefundChanges } from './004-count-refund-changes'

export const migrations: Migration[] = [
  idempotencyMigration,
  createOrders,
  addRefundsAndCash,
  addAdminView,
  countRefundChanges,
]
