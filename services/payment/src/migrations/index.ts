import { idempotencyMigration, type Migration } from '@duka/kit'
import { createPayments } from './001-create-payments'

export const migrations: Migration[] = [idempotencyMigration, createPayments]
