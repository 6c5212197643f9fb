import type { Migration } from '@duka/kit'

export const createOrders: Migration = {
  name: '001-create-orders',
  up: `
    CREATE TABLE orders (
      id uuid PRIMARY KEY,
      user_id uuid NOT NULL,
      order_number text NOT NULL UNIQUE,
      status text NOT NULL CHECK (status IN (
        'placing', 'rejected', 'pending', 'confirmed', 'paid', 'processing', 'shipped', 'delivered', 'cancelled', 'refunded')),
      payment_status text NOT NULL DEFAULT 'pending' CHECK (payment_status IN (
        'pending', 'paid', 'failed', 'refunded', 'partially_refunded')),
      payment_method text CHECK (payment_method IN ('mpesa', 'stripe', 'cash_on_delivery')),
      payment_id uuid UNIQUE,
      subtotal numeric(12, 2) NOT NULL CHECK (subtotal >= 0),
      shipping_amount numeric(12, 2) NOT NULL CHECK (shipping_amount >= 0),
      tax_amount numeric(12, 2) NOT NULL CHECK (tax_amount >= 0),
      rounding_amount numeric(12, 2) NOT NULL,
      total_amount numeric(12, 2) NOT NULL CHECK (total_amount >= 0),
      currency text NOT NULL,
      shipping_address jsonb NOT NULL,
      notes text,
      attempt integer NOT NULL DEFAULT 1,
      cart_id uuid,
      cart_version integer,
      expires_at timestamptz,
      next_expiry_check_at timestamptz NOT NULL DEFAULT now(),
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      CHECK (total_amount = subtotal + shipping_amount + rounding_amount)
    );
    CREATE INDEX orders_user ON orders (user_id, created_at DESC, id DESC) WHERE status NOT IN ('placing', 'rejected');
    -- One order per state of a cart: a double checkout finds the first one.
    CREATE UNIQUE INDEX orders_cart ON orders (cart_id, cart_version) WHERE status <> 'rejected';
    CREATE INDEX orders_due ON orders (expires_at) WHERE status IN ('placing', 'pending');

    CREATE TABLE order_items (
      id uuid PRIMARY KEY,
      order_id uuid NOT NULL REFERENCES orders,
      product_id uuid NOT NULL,
      product_name text NOT NULL,
      price numeric(12, 2) NOT NULL CHECK (price >= 0),
      quantity integer NOT NULL CHECK (quantity > 0),
      subtotal numeric(12, 2) NOT NULL CHECK (subtotal = price * quantity),
      image_url text,
      UNIQUE (order_id, product_id)
    );

    CREATE TABLE order_history (
      id uuid PRIMARY KEY,
      order_id uuid NOT NULL REFERENCES orders,
      from_status text,
      to_status text NOT NULL,
      actor text NOT NULL,
      reason text NOT NULL,
      request_id text,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX order_history_order ON order_history (order_id, id);

    -- What became of each payment that was reported: the same one again gets the same answer.
    CREATE TABLE order_payments (
      payment_id uuid PRIMARY KEY,
      order_id uuid NOT NULL REFERENCES orders,
      outcome text NOT NULL CHECK (outcome IN ('applied', 'refund_due')),
      reason text,
      created_at timestamptz NOT NULL DEFAULT now()
    );`,
  down: 'DROP TABLE order_payments, order_history, order_items, orders',
}
