import type { Migration } from '@duka/kit'

/**
 * Every change of stock is a row of stock_movements. Kinds that change what the shop owns add up to that; the others
 * only move pieces between what can be bought, what is held and what is sold, so their three deltas cancel out.
 */
export const createStockLedger: Migration = {
  name: '002-create-stock-ledger',
  up: `
    -- A UUID of version 7: PostgreSQL has none of its own before 18.
    CREATE FUNCTION new_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
      SELECT encode(
        set_bit(set_bit(
          overlay(uuid_send(gen_random_uuid())
            PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
          52, 1), 53, 1), 'hex')::uuid
    $$;

    CREATE TABLE reservations (
      order_id uuid NOT NULL,
      attempt integer NOT NULL CHECK (attempt > 0),
      status text NOT NULL CHECK (status IN ('active', 'committed', 'released')),
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (order_id, attempt)
    );
    -- An order holds stock by one attempt at a time.
    CREATE UNIQUE INDEX reservations_one_standing ON reservations (order_id) WHERE status <> 'released';

    CREATE TABLE reservation_lines (
      order_id uuid NOT NULL,
      attempt integer NOT NULL,
      product_id uuid NOT NULL REFERENCES products,
      quantity integer NOT NULL CHECK (quantity > 0),
      PRIMARY KEY (order_id, attempt, product_id),
      FOREIGN KEY (order_id, attempt) REFERENCES reservations
    );
    CREATE INDEX reservation_lines_product ON reservation_lines (product_id);

    CREATE TABLE stock_movements (
      id uuid PRIMARY KEY DEFAULT new_id(),
      product_id uuid NOT NULL REFERENCES products,
      kind text NOT NULL CHECK (kind IN (
        'opening', 'adjustment', 'import', 'return', 'write_off', 'reserve', 'commit', 'release')),
      available_delta integer NOT NULL,
      held_delta integer NOT NULL DEFAULT 0,
      sold_delta integer NOT NULL DEFAULT 0,
      reason text,
      actor text NOT NULL,
      order_id uuid,
      attempt integer,
      created_at timestamptz NOT NULL DEFAULT now(),
      CHECK ((kind IN ('reserve', 'commit', 'release')) = (available_delta + held_delta + sold_delta = 0))
    );
    CREATE INDEX stock_movements_product ON stock_movements (product_id, created_at DESC, id DESC);
    CREATE INDEX stock_movements_order ON stock_movements (order_id) WHERE order_id IS NOT NULL;`,
  down: `
    DROP TABLE stock_movements, reservation_lines, reservations;
    DROP FUNCTION new_id();`,
}
