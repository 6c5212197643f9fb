import type { Migration } from '@duka/kit'

/**
 * Orders that want the same product at the same moment hold it together: its row is locked, written and committed once
 * for all of them, and each still gets all of its lines or none. Locks are taken in one order everywhere, reservations
 * by order and then products by id, so that two batches cannot wait for each other. `reserve_stock` stays for the
 * instances of an older version that still run while this one starts.
 */
export const reserveManyOrders: Migration = {
  name: '005-reserve-many-orders',
  up: `
    -- Takes [{orderId, attempt, lines: [{productId, quantity, price}]}], each order and, in it, each product once.
    -- Answers [{status, lines}] in the same order: what the attempt's reservation is, or 'refused' with what does not fit.
    CREATE FUNCTION reserve_orders(p_orders jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
    DECLARE
      v_new uuid[];
      v_known jsonb;
      v_products uuid[];
      v_left jsonb;
      v_order record;
      v_refused jsonb;
      v_held uuid[] := '{}';
      v_outcomes jsonb := '[]';
      v_changed integer;
    BEGIN
      WITH added AS (
        INSERT INTO reservations (order_id, attempt, status)
          SELECT "orderId", attempt, 'active' FROM jsonb_to_recordset(p_orders) AS o ("orderId" uuid, attempt integer)
          ORDER BY 1, 2
          ON CONFLICT (order_id, attempt) DO NOTHING RETURNING order_id)
      SELECT coalesce(array_agg(order_id), '{}') INTO v_new FROM added;
      IF cardinality(v_new) < jsonb_array_length(p_orders) THEN
        SELECT jsonb_object_agg(r.order_id, r.status) INTO v_known
          FROM jsonb_to_recordset(p_orders) AS o ("orderId" uuid, attempt integer)
          JOIN reservations r ON r.order_id = o."orderId" AND r.attempt = o.attempt;
      END IF;

      SELECT array_agg(DISTINCT l."productId") INTO v_products
        FROM jsonb_to_recordset(p_orders) AS o ("orderId" uuid, lines jsonb),
          jsonb_to_recordset(o.lines) AS l ("productId" uuid)
        WHERE o."orderId" = ANY (v_new);
      PERFORM 1 FROM products WHERE id = ANY (v_products) ORDER BY id FOR NO KEY UPDATE;
      SELECT coalesce(jsonb_object_agg(id, jsonb_build_object(
          'stock', CASE WHEN is_active THEN stock ELSE 0 END, 'price', price::text)), '{}')
        INTO v_left FROM products WHERE id = ANY (v_products);

      FOR v_order IN SELECT * FROM jsonb_to_recordset(p_orders) AS o ("orderId" uuid, lines jsonb) LOOP
        IF v_order."orderId" <> ALL (v_new) THEN
          v_outcomes := v_outcomes || jsonb_build_object('status', v_known -> v_order."orderId"::text);
          CONTINUE;
        END IF;
        SELECT jsonb_agg(jsonb_build_object(
            'productId', l."productId", 'quantity', l.quantity,
            'available', coalesce((v_left -> l."productId" ->> 'stock')::integer, 0),
            'price', v_left -> l."productId" ->> 'price'))
          INTO v_refused
          FROM jsonb_to_recordset(v_order.lines) AS l ("productId" text, quantity integer, price numeric)
          WHERE coalesce((v_left -> l."productId" ->> 'stock')::integer, 0) < l.quantity
            OR (v_left -> l."productId" ->> 'price')::numeric <> l.price;
        IF v_refused IS NOT NULL THEN
          v_outcomes := v_outcomes || jsonb_build_object('status', 'refused', 'lines', v_refused);
          CONTINUE;
        END IF;
        SELECT v_left || jsonb_object_agg(l."productId", (v_left -> l."productId") || jsonb_build_object(
            'stock', (v_left -> l."productId" ->> 'stock')::integer - l.quantity))
          INTO v_left
          FROM jsonb_to_recordset(v_order.lines) AS l ("productId" text, quantity integer);
        v_held := v_held || v_order."orderId";
        v_outcomes := v_outcomes || jsonb_build_object('status', 'active');
      END LOOP;

      IF cardinality(v_held) < cardinality(v_new) THEN
        DELETE FROM reservations r USING jsonb_to_recordset(p_orders) AS o ("orderId" uuid, attempt integer)
          WHERE r.order_id = o."orderId" AND r.attempt = o.attempt
            AND r.order_id = ANY (v_new) AND r.order_id <> ALL (v_held);
      END IF;
      IF cardinality(v_held) > 0 THEN
        WITH held AS (
          SELECT o."orderId", o.attempt, l."productId", l.quantity
            FROM jsonb_to_recordset(p_orders) AS o ("orderId" uuid, attempt integer, lines jsonb),
              jsonb_to_recordset(o.lines) AS l ("productId" uuid, quantity integer)
            WHERE o."orderId" = ANY (v_held)),
        lines AS (
          INSERT INTO reservation_lines (order_id, attempt, product_id, quantity) SELECT * FROM held),
        movements AS (
          INSERT INTO stock_movements (product_id, kind, available_delta, held_delta, reason, actor, order_id, attempt)
            SELECT "productId", 'reserve', -quantity, quantity, 'Held for an order.', 'order', "orderId", attempt FROM held),
        taken AS (
          UPDATE products p SET stock = p.stock - t.quantity
            FROM (SELECT "productId", sum(quantity) AS quantity FROM held GROUP BY 1) AS t
            WHERE p.id = t."productId" AND p.stock >= t.quantity RETURNING p.id)
        SELECT (SELECT count(DISTINCT "productId") FROM held) - (SELECT count(*) FROM taken) INTO v_changed;
        IF v_changed <> 0 THEN
          RAISE EXCEPTION 'reserve_orders: % products did not have what they were said to have', v_changed;
        END IF;
      END IF;
      RETURN v_outcomes;
    END $$;

    -- As before, and says why.
    CREATE OR REPLACE FUNCTION commit_stock(p_order uuid, p_attempt integer) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE
      v_status text;
    BEGIN
      UPDATE reservations SET status = 'committed', updated_at = now()
        WHERE order_id = p_order AND attempt = p_attempt AND status = 'active';
      IF FOUND THEN
        INSERT INTO stock_movements
            (product_id, kind, available_delta, held_delta, sold_delta, reason, actor, order_id, attempt)
          SELECT product_id, 'commit', 0, -quantity, quantity, 'Sold by an order.', 'order', p_order, p_attempt
          FROM reservation_lines WHERE order_id = p_order AND attempt = p_attempt;
        RETURN 'committed';
      END IF;
      SELECT status INTO v_status FROM reservations WHERE order_id = p_order AND attempt = p_attempt;
      RETURN v_status;
    END $$;`,
  // commit_stock as it is now serves an older version as well as its own.
  down: 'DROP FUNCTION reserve_orders(jsonb)',
}
