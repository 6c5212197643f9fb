import { idempotencyMigration, type Migration } from '@duka/kit'
import { createPayments } from './001-create-payments'
import { checkFailedPayments } from './002-check-failed-payments'
import { createPromptLimits } from './003-create-prompt-limits'

export const migrations: Migration[] = [idempotencyMigration, createPayments, checkFailedPayments, createPromptLimits]
