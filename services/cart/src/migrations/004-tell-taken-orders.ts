import type { Migration } from '@duka/kit'

/** Order has to know of what is still in a cart although it was ordered. Older instances hand over as they did. */
export const tellTakenOrders: Migration = {
  name: '004-tell-taken-orders',
  up: `
    -- The last version of the cart that had in it what the order took; null where it was taken out before this.
    ALTER TABLE cart_orders ADD COLUMN last_version integer;

    CREATE FUNCTION note_last_version() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.last_version := (SELECT version FROM carts WHERE id = NEW.cart_id);
      RETURN NEW;
    END $$;
    CREATE TRIGGER note_last_version BEFORE INSERT ON cart_orders FOR EACH ROW EXECUTE FUNCTION note_last_version();

    CREATE INDEX cart_orders_newest ON cart_orders (cart_id, removed_at DESC);
    DROP INDEX cart_orders_cart_id;

    -- Lines and orders are read while the row is locked, so that they are those of the version that comes with them.
    -- Of the orders that were taken out these are the newest, and which of the named ones were.
    CREATE FUNCTION hand_over_cart(p_user uuid, p_at timestamptz, p_orders uuid[])
    RETURNS TABLE (cart_id uuid, version integer, lines json, taken uuid[]) LANGUAGE plpgsql AS $$
    #variable_conflict use_column
    DECLARE
      c record;
    BEGIN
      UPDATE carts SET handed_over_at = p_at WHERE user_id = p_user AND expires_at > now() RETURNING id, version INTO c;
      RETURN QUERY SELECT c.id, c.version,
        (SELECT json_agg(json_build_object('productId', i.product_id, 'quantity', i.quantity, 'price', i.price::text)
            ORDER BY i.created_at, i.id) FROM cart_items i WHERE i.cart_id = c.id),
        ARRAY((SELECT o.order_id FROM cart_orders o WHERE o.cart_id = c.id ORDER BY o.removed_at DESC LIMIT 20)
          UNION SELECT o.order_id FROM cart_orders o WHERE o.cart_id = c.id AND o.order_id = ANY (p_orders));
    END $$;`,
  down: `
    DROP FUNCTION hand_over_cart(uuid, timestamptz, uuid[]);
    CREATE INDEX cart_orders_cart_id ON cart_orders (cart_id);
    DROP INDEX cart_orders_newest;
    DROP TRIGGER note_last_version ON cart_orders;
    DROP FUNCTION note_last_version();
    ALTER TABLE cart_orders DROP COLUMN last_version;`,
}
