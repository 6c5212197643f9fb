import { idempotencyMigration, type Migration } from '@duka/kit'
import { createCarts } from './001-create-carts'

export const migrations: Migration[] = [idempotencyMigration, createCarts]
