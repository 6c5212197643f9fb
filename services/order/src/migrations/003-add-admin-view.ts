import type { Migration } from '@duka/kit'

export const addAdminView: Migration = {
  name: '003-add-admin-view',
  up: `
    ALTER TABLE orders
      ADD COLUMN tracking_number text,
      -- What the shop said with its last move.
      ADD COLUMN status_note text;
    ALTER TABLE order_history ADD COLUMN note text, ADD COLUMN tracking_number text;

    -- Lists are newest first, and never show what did not come to stand.
    CREATE INDEX orders_newest ON orders (created_at DESC, id DESC) WHERE status NOT IN ('placing', 'rejected');
    CREATE INDEX orders_status ON orders (status, created_at DESC, id DESC) WHERE status NOT IN ('placing', 'rejected');
    CREATE INDEX orders_payment_status ON orders (payment_status, created_at DESC, id DESC)
      WHERE status NOT IN ('placing', 'rejected');
    -- The unique index of the numbers serves prefixes only under the C collation.
    CREATE INDEX orders_number_prefix ON orders (order_number text_pattern_ops);
    CREATE INDEX orders_tracking_number ON orders (tracking_number) WHERE tracking_number IS NOT NULL;`,
  down: `
    DROP INDEX orders_number_prefix, orders_payment_status, orders_status, orders_newest;
    ALTER TABLE order_history DROP COLUMN tracking_number, DROP COLUMN note;
    ALTER TABLE orders DROP COLUMN status_note, DROP COLUMN tracking_number;`,
}
