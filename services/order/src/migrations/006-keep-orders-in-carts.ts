import type { Migration } from '@duka/kit'

export const keepOrdersInCarts: Migration = {
  name: '006-keep-orders-in-carts',
  up: `
    -- The orders whose lines may still be in their customer's cart. Its row is locked and judged by the statement that
    -- adds one, so that of two orders of one cart the second one knows of the first.
    CREATE TABLE orders_in_cart (
      user_id uuid PRIMARY KEY,
      order_ids uuid[] NOT NULL
    );

    -- How many the cart had when it was ordered: what other orders of it had not taken out yet is a part of that.
    ALTER TABLE order_items
      ADD COLUMN cart_quantity integer,
      ADD CONSTRAINT order_items_cart_quantity CHECK (cart_quantity >= quantity) NOT VALID;`,
  down: `
    ALTER TABLE order_items DROP COLUMN cart_quantity;
    DROP TABLE orders_in_cart;`,
}
