import type { Migration } from '@duka/kit'

/** A refund may come back after it had arrived, and the order has to hear of that too. */
export const returnRefunds: Migration = {
  name: '009-return-refunds',
  up: `
    ALTER TABLE payments
      -- Counts the changes of refunded_amount, which may come to the same sum twice.
      ADD COLUMN refund_revision integer NOT NULL DEFAULT 0,
      ADD COLUMN reported_refund_revision integer NOT NULL DEFAULT 0;
    CREATE INDEX payments_unreported_revisions ON payments (updated_at)
      WHERE refund_revision <> reported_refund_revision;
    -- Kept also where it came back, when settled_at is the time of that.
    ALTER TABLE refunds ADD COLUMN succeeded_at timestamptz;
    UPDATE refunds SET succeeded_at = settled_at WHERE status = 'succeeded';`,
  down: `
    DROP INDEX payments_unreported_revisions;
    ALTER TABLE refunds DROP COLUMN succeeded_at;
    ALTER TABLE payments DROP COLUMN refund_revision, DROP COLUMN reported_refund_revision;`,
}
