import type { Migration } from '@duka/kit'

export const createPayments: Migration = {
  name: '001-create-payments',
  up: `
    -- One row per order that anybody tried to pay: its lock puts new tries and the end of all tries in order.
    CREATE TABLE payment_orders (
      order_id uuid PRIMARY KEY,
      closed_at timestamptz
    );

    CREATE TABLE payments (
      id uuid PRIMARY KEY,
      order_id uuid NOT NULL REFERENCES payment_orders,
      user_id uuid NOT NULL,
      order_number text NOT NULL,
      provider text NOT NULL CHECK (provider IN ('mpesa', 'stripe', 'cash_on_delivery')),
      amount numeric(12, 2) NOT NULL CHECK (amount > 0),
      currency text NOT NULL,
      status text NOT NULL DEFAULT 'pending' CHECK (status IN (
        'pending', 'completed', 'failed', 'refunded', 'partially_refunded')),
      transaction_id text,
      external_reference text,
      merchant_request_id text,
      phone_number text,
      callback_hash text UNIQUE,
      failure_code text,
      failure_message text,
      refunded_amount numeric(12, 2) NOT NULL DEFAULT 0 CHECK (refunded_amount >= 0 AND refunded_amount <= amount),
      metadata jsonb NOT NULL DEFAULT '{}',
      checks integer NOT NULL DEFAULT 0,
      checked_at timestamptz,
      next_check_at timestamptz,
      completed_at timestamptz,
      reported_at timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    );
    -- At most one live try per order and provider; one that fell silent no longer counts as live.
    CREATE UNIQUE INDEX payments_one_live_try ON payments (order_id, provider)
      WHERE status = 'pending' AND failure_code IS NULL;
    -- A receipt takes effect once.
    CREATE UNIQUE INDEX payments_receipt ON payments (provider, transaction_id);
    CREATE UNIQUE INDEX payments_reference ON payments (provider, external_reference);
    CREATE INDEX payments_order ON payments (order_id, created_at DESC);
    CREATE INDEX payments_due ON payments (next_check_at) WHERE status = 'pending';
    CREATE INDEX payments_unreported ON payments (completed_at) WHERE completed_at IS NOT NULL AND reported_at IS NULL;

    -- What providers sent, as it came. It is committed before it is answered.
    CREATE TABLE webhook_events (
      id uuid PRIMARY KEY,
      provider text NOT NULL,
      digest text NOT NULL UNIQUE,
      secret_hash text,
      body text NOT NULL,
      payment_id uuid REFERENCES payments,
      outcome text CHECK (outcome IN ('applied', 'ignored', 'unmatched', 'unreadable', 'review')),
      received_at timestamptz NOT NULL DEFAULT now(),
      applied_at timestamptz
    );
    CREATE INDEX webhook_events_waiting ON webhook_events (received_at) WHERE outcome IS NULL;
    CREATE INDEX webhook_events_unmatched ON webhook_events (received_at) WHERE outcome IN ('unmatched', 'unreadable');

    -- What a person has to look at.
    CREATE TABLE payment_reviews (
      id uuid PRIMARY KEY,
      kind text NOT NULL,
      payment_id uuid REFERENCES payments,
      event_id uuid REFERENCES webhook_events,
      detail text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      resolved_at timestamptz
    );
    CREATE INDEX payment_reviews_open ON payment_reviews (created_at) WHERE resolved_at IS NULL;

    CREATE TABLE mpesa_tokens (
      key text PRIMARY KEY,
      token text,
      expires_at timestamptz,
      leased_until timestamptz NOT NULL
    );`,
  down: 'DROP TABLE mpesa_tokens, payment_reviews, webhook_events, payments, payment_orders',
}
