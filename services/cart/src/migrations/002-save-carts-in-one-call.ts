import type { Migration } from '@duka/kit'

/**
 * A change of a cart is one call, which holds only if the cart is still as it was read. `revision` counts every write,
 * where `version` counts only what customers and orders change. The order of the locks is the same in all calls: a
 * user's cart, then the guest's that joins it.
 */
export const saveCartsInOneCall: Migration = {
  name: '002-save-carts-in-one-call',
  up: `
    ALTER TABLE carts
      ADD COLUMN revision integer NOT NULL DEFAULT 1,
      ADD COLUMN handed_over_at timestamptz;

    -- False where the cart, the guest's cart that joins it, or the key is no longer as it was read: then nothing was
    -- changed, but for a new cart that may be left without lines.
    CREATE FUNCTION save_cart(p_change jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
    DECLARE
      c record;
    BEGIN
      SELECT * INTO c FROM jsonb_to_record(p_change) AS c (
        id uuid, user_id uuid, guest_token_hash text, version integer, revision integer, step integer,
        expires_at timestamptz, lines jsonb, gone uuid[], joining jsonb, key jsonb, order_id uuid);

      IF c.revision = 0 THEN
        INSERT INTO carts (id, user_id, guest_token_hash, expires_at)
          VALUES (c.id, c.user_id, c.guest_token_hash, c.expires_at) ON CONFLICT DO NOTHING;
      ELSE
        PERFORM 1 FROM carts WHERE id = c.id AND version = c.version AND revision = c.revision FOR NO KEY UPDATE;
      END IF;
      IF NOT FOUND THEN
        RETURN false;
      END IF;

      IF c.key IS NOT NULL THEN
        INSERT INTO idempotency_keys AS k
            (user_id, method, path, key, request_hash, status, body, locked_until, expires_at)
          SELECT scope, method, path, key, request_hash, status, body::json, now(), now() + interval '24 hours'
            FROM jsonb_to_record(c.key) AS kept
              (scope uuid, method text, path text, key text, request_hash text, status integer, body text)
          ON CONFLICT (user_id, method, path, key) DO UPDATE
            SET request_hash = excluded.request_hash, status = excluded.status, body = excluded.body,
              locked_until = excluded.locked_until, expires_at = excluded.expires_at, resource_id = NULL
            WHERE k.expires_at < now();
        IF NOT FOUND THEN
          RETURN false;
        END IF;
      END IF;

      -- What an order took is taken out once, however often it is told.
      IF c.order_id IS NOT NULL THEN
        INSERT INTO cart_orders (order_id, cart_id) VALUES (c.order_id, c.id) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
          RETURN true;
        END IF;
      END IF;

      IF c.joining IS NOT NULL THEN
        DELETE FROM carts g USING jsonb_to_record(c.joining) AS j (id uuid, version integer, revision integer)
          WHERE g.id = j.id AND g.version = j.version AND g.revision = j.revision;
        IF NOT FOUND THEN
          RETURN false;
        END IF;
      END IF;

      IF cardinality(c.gone) > 0 THEN
        DELETE FROM cart_items WHERE cart_id = c.id AND id = ANY (c.gone);
      END IF;
      IF jsonb_array_length(c.lines) > 0 THEN
        INSERT INTO cart_items
            (id, cart_id, product_id, product_name, price, price_changed_from, quantity, image_url)
          SELECT id, c.id, product_id, product_name, price, price_changed_from, quantity, image_url
            FROM jsonb_to_recordset(c.lines) AS line (id uuid, product_id uuid, product_name text, price decimal,
              price_changed_from decimal, quantity integer, image_url text)
          ON CONFLICT (id) DO UPDATE SET product_name = excluded.product_name, price = excluded.price,
            price_changed_from = excluded.price_changed_from, quantity = excluded.quantity,
            image_url = excluded.image_url, updated_at = now();
      END IF;
      UPDATE carts SET
          (total_amount, item_count) =
            (SELECT coalesce(sum(subtotal), 0), coalesce(sum(quantity), 0) FROM cart_items WHERE cart_id = c.id),
          version = version + c.step, revision = c.revision + 1,
          expires_at = c.expires_at, updated_at = CASE WHEN c.step > 0 THEN now() ELSE updated_at END
        WHERE id = c.id;
      RETURN true;
    END $$;

    -- The lines are read while the row is locked, so that they are those of the version that comes with them.
    CREATE FUNCTION hand_over_cart(p_user uuid, p_at timestamptz)
    RETURNS TABLE (cart_id uuid, version integer, product_id uuid, quantity integer, price decimal)
    LANGUAGE plpgsql AS $$
    #variable_conflict use_column
    DECLARE
      c record;
    BEGIN
      UPDATE carts SET handed_over_at = p_at WHERE user_id = p_user AND expires_at > now() RETURNING id, version INTO c;
      RETURN QUERY SELECT c.id, c.version, i.product_id, i.quantity, i.price
        FROM cart_items i WHERE i.cart_id = c.id ORDER BY i.created_at, i.id;
    END $$;`,
  down: `
    DROP FUNCTION hand_over_cart(uuid, timestamptz);
    DROP FUNCTION save_cart(jsonb);
    ALTER TABLE carts DROP COLUMN revision, DROP COLUMN handed_over_at;`,
}
