import type { Migration } from '@duka/kit'

export const createDisputes: Migration = {
  name: '004-create-disputes',
  up: `
    -- What customers' banks take back, until they have decided.
    CREATE TABLE disputes (
      id text PRIMARY KEY,
      payment_id uuid NOT NULL REFERENCES payments,
      amount numeric(12, 2) NOT NULL,
      currency text NOT NULL,
      reason text NOT NULL,
      status text NOT NULL,
      answer_by timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      closed_at timestamptz
    );
    CREATE INDEX disputes_payment ON disputes (payment_id, created_at);`,
  down: 'DROP TABLE disputes',
}
