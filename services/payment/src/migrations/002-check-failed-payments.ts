import type { Migration } from '@duka/kit'

/** A try that failed by a cancelled or unanswered prompt is asked about once more, so it can be due too. */
export const checkFailedPayments: Migration = {
  name: '002-check-failed-payments',
  up: `
    DROP INDEX payments_due;
    CREATE INDEX payments_due ON payments (next_check_at) WHERE next_check_at IS NOT NULL;`,
  down: `
    DROP INDEX payments_due;
    CREATE INDEX payments_due ON payments (next_check_at) WHERE status = 'pending';`,
}
