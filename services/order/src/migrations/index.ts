import { idempotencyMigration, type Migration } from '@duka/kit'
import { createOrders } from './001-create-orders'
import { addRefundsAndCash } from './002-add-refunds-and-cash'

export const migrations: Migration[] = [idempotencyMigration, createOrders, addRefundsAndCash]
