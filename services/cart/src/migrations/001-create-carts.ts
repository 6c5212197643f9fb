import type { Migration } from '@duka/kit'

/**
 * Totals are wider than a price: 10,000 pieces of the dearest product, 100 times, must not fail to be stored where a
 * price rises under a cart that is full already.
 */
export const createCarts: Migration = {
  name: '001-create-carts',
  up: `
    CREATE TABLE carts (
      id uuid PRIMARY KEY,
      user_id uuid UNIQUE,
      guest_token_hash text UNIQUE,
      version integer NOT NULL DEFAULT 0,
      total_amount decimal(20,2) NOT NULL DEFAULT 0 CHECK (total_amount >= 0),
      item_count integer NOT NULL DEFAULT 0 CHECK (item_count >= 0),
      expires_at timestamptz NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT carts_one_owner CHECK (num_nonnulls(user_id, guest_token_hash) = 1)
    );
    CREATE INDEX carts_expires_at ON carts (expires_at);

    CREATE TABLE cart_items (
      id uuid PRIMARY KEY,
      cart_id uuid NOT NULL REFERENCES carts ON DELETE CASCADE,
      product_id uuid NOT NULL,
      product_name text NOT NULL,
      price decimal(12,2) NOT NULL CHECK (price >= 0),
      price_changed_from decimal(12,2) CHECK (price_changed_from >= 0 AND price_changed_from <> price),
      quantity integer NOT NULL CHECK (quantity > 0),
      subtotal decimal(18,2) NOT NULL GENERATED ALWAYS AS (price * quantity) STORED,
      image_url text,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (cart_id, product_id)
    );

    CREATE TABLE cart_orders (
      order_id uuid PRIMARY KEY,
      cart_id uuid NOT NULL REFERENCES carts ON DELETE CASCADE,
      removed_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX cart_orders_cart_id ON cart_orders (cart_id);`,
  down: `
    DROP TABLE cart_orders;
    DROP TABLE cart_items;
    DROP TABLE carts;`,
}
