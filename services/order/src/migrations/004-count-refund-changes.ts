import type { Migration } from '@duka/kit'

export const countRefundChanges: Migration = {
  name: '004-count-refund-changes',
  up: `
    -- A refund may come back, so the larger sum is not always the later one.
    ALTER TABLE order_payments ADD COLUMN refund_revision integer NOT NULL DEFAULT 0;`,
  down: 'ALTER TABLE order_payments DROP COLUMN refund_revision',
}
