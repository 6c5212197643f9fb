import type { Migration } from '@duka/kit'

export const createCashOutcomes: Migration = {
  name: '007-create-cash-outcomes',
  up: `
    -- When the order stood for being paid in cash.
    ALTER TABLE payments ADD COLUMN confirmed_at timestamptz;
    CREATE INDEX payments_unconfirmed_cash ON payments (created_at)
      WHERE provider = 'cash_on_delivery' AND status = 'pending' AND confirmed_at IS NULL;

    -- What happened at the door, and who says so. Collected counts once for an order.
    CREATE TABLE cash_outcomes (
      payment_id uuid NOT NULL REFERENCES payments,
      kind text NOT NULL CHECK (kind IN ('collected', 'refused')),
      order_id uuid NOT NULL,
      amount numeric(12, 2) CHECK ((amount IS NULL) = (kind = 'refused')),
      collector text CHECK ((collector IS NULL) = (kind = 'refused')),
      reason text CHECK ((reason IS NULL) = (kind = 'collected')),
      actor_id uuid,
      actor_role text NOT NULL,
      request_id text,
      created_at timestamptz NOT NULL DEFAULT now(),
      told_at timestamptz,
      PRIMARY KEY (payment_id, kind)
    );
    CREATE UNIQUE INDEX cash_outcomes_collected_once ON cash_outcomes (order_id) WHERE kind = 'collected';
    CREATE INDEX cash_outcomes_untold ON cash_outcomes (created_at) WHERE kind = 'refused' AND told_at IS NULL;`,
  down: 'DROP TABLE cash_outcomes; DROP INDEX payments_unconfirmed_cash; ALTER TABLE payments DROP COLUMN confirmed_at',
}
