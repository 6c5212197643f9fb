import type { Migration } from '@duka/kit'

export const addRefundsAndCash: Migration = {
  name: '002-add-refunds-and-cash',
  up: `
    ALTER TABLE orders
      ADD COLUMN refunded_amount numeric(12, 2) NOT NULL DEFAULT 0
        CHECK (refunded_amount >= 0 AND refunded_amount <= total_amount),
      -- The payment that confirmed the order, to be made in cash.
      ADD COLUMN cash_payment_id uuid,
      -- Cancelled for good: money that comes all the same goes back.
      ADD COLUMN refuses_money boolean NOT NULL DEFAULT false;

    -- Of which role the actor was; null where a service acted.
    ALTER TABLE order_history ADD COLUMN actor_role text;

    -- A refund may be told before the payment itself: then there is no outcome yet.
    ALTER TABLE order_payments
      ALTER COLUMN outcome DROP NOT NULL,
      ADD COLUMN refunded_amount numeric(12, 2) NOT NULL DEFAULT 0 CHECK (refunded_amount >= 0);`,
  down: `
    DELETE FROM order_payments WHERE outcome IS NULL;
    ALTER TABLE order_payments ALTER COLUMN outcome SET NOT NULL, DROP COLUMN refunded_amount;
    ALTER TABLE order_history DROP COLUMN actor_role;
    ALTER TABLE orders DROP COLUMN refuses_money, DROP COLUMN cash_payment_id, DROP COLUMN refunded_amount;`,
}
