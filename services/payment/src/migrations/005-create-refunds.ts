import type { Migration } from '@duka/kit'

export const createRefunds: Migration = {
  name: '005-create-refunds',
  up: `
    -- What is on its way back is reserved, so that two refunds at once cannot give back more than came.
    ALTER TABLE payments
      ADD COLUMN refunding_amount numeric(12, 2) NOT NULL DEFAULT 0 CHECK (refunding_amount >= 0),
      ADD COLUMN reported_refund numeric(12, 2) NOT NULL DEFAULT 0,
      ADD CONSTRAINT payments_refunds_fit CHECK (refunded_amount + refunding_amount <= amount);
    CREATE INDEX payments_unreported_refunds ON payments (updated_at) WHERE refunded_amount <> reported_refund;

    -- One row per attempt to give money back. Its id is what the provider tells repeated requests by.
    CREATE TABLE refunds (
      id uuid PRIMARY KEY,
      payment_id uuid NOT NULL REFERENCES payments,
      amount numeric(12, 2) NOT NULL CHECK (amount > 0),
      status text NOT NULL DEFAULT 'requested' CHECK (status IN ('requested', 'sent', 'succeeded', 'failed')),
      reason text NOT NULL,
      actor_id uuid,
      actor_role text NOT NULL,
      request_id text,
      external_reference text UNIQUE,
      transaction_id text UNIQUE,
      failure_code text,
      failure_message text,
      checks integer NOT NULL DEFAULT 0,
      next_check_at timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      settled_at timestamptz
    );
    CREATE INDEX refunds_payment ON refunds (payment_id, created_at);
    CREATE INDEX refunds_due ON refunds (next_check_at) WHERE next_check_at IS NOT NULL;

    -- Requests to Safaricom whose result comes later, each at a secret address of its own.
    CREATE TABLE mpesa_calls (
      id uuid PRIMARY KEY,
      refund_id uuid NOT NULL REFERENCES refunds,
      kind text NOT NULL CHECK (kind IN ('reversal', 'payout', 'status')),
      result_hash text NOT NULL UNIQUE,
      timeout_hash text NOT NULL UNIQUE,
      conversation_id text,
      outcome text,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX mpesa_calls_refund ON mpesa_calls (refund_id, created_at);`,
  down: `
    DROP TABLE mpesa_calls, refunds;
    ALTER TABLE payments DROP COLUMN refunding_amount, DROP COLUMN reported_refund;`,
}
