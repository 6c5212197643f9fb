import { idempotencyMigration, type Migration } from '@duka/kit'
import { createOrders } from './001-create-orders'

export const migrations: Migration[] = [idempotencyMigration, createOrders]
