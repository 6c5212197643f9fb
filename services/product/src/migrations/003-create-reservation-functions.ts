import type { Migration } from '@duka/kit'

/**
 * One round trip, one transaction, and the rows of a hot product are locked for no longer than it takes. Products are
 * locked in the order of their ids, so that two orders of the same products cannot wait for each other. The lock is the
 * one that an UPDATE takes, not the stronger FOR UPDATE: that would wait for the foreign keys that a commit's movements
 * check, product by product in whatever order they are found, and so could deadlock with it.
 */
export const createReservationFunctions: Migration = {
  name: '003-create-reservation-functions',
  up: `
    -- Holds all lines or none. Answers {status}: what the attempt's reservation is, or 'refused' with the lines that do not fit.
    CREATE FUNCTION reserve_stock(p_order uuid, p_attempt integer, p_products uuid[], p_quantities integer[], p_prices numeric[])
    RETURNS jsonb LANGUAGE plpgsql AS $$
    DECLARE
      v_status text;
      v_refused jsonb;
      v_changed integer;
    BEGIN
      INSERT INTO reservations (order_id, attempt, status) VALUES (p_order, p_attempt, 'active')
        ON CONFLICT (order_id, attempt) DO NOTHING;
      IF NOT FOUND THEN
        SELECT status INTO v_status FROM reservations WHERE order_id = p_order AND attempt = p_attempt;
        RETURN jsonb_build_object('status', v_status);
      END IF;

      PERFORM 1 FROM products WHERE id = ANY (p_products) ORDER BY id FOR NO KEY UPDATE;

      SELECT jsonb_agg(jsonb_build_object(
          'productId', w.product_id, 'quantity', w.quantity,
          'available', CASE WHEN p.is_active THEN p.stock ELSE 0 END, 'price', p.price::text))
        INTO v_refused
        FROM unnest(p_products, p_quantities, p_prices) AS w (product_id, quantity, price)
        LEFT JOIN products p ON p.id = w.product_id
        WHERE p.id IS NULL OR NOT p.is_active OR p.stock < w.quantity OR p.price <> w.price;
      IF v_refused IS NOT NULL THEN
        DELETE FROM reservations WHERE order_id = p_order AND attempt = p_attempt;
        RETURN jsonb_build_object('status', 'refused', 'lines', v_refused);
      END IF;

      UPDATE products p SET stock = p.stock - w.quantity
        FROM unnest(p_products, p_quantities) AS w (product_id, quantity)
        WHERE p.id = w.product_id AND p.stock >= w.quantity;
      GET DIAGNOSTICS v_changed = ROW_COUNT;
      IF v_changed <> cardinality(p_products) THEN
        RAISE EXCEPTION 'reserve_stock: % of % lines took stock', v_changed, cardinality(p_products);
      END IF;

      INSERT INTO reservation_lines (order_id, attempt, product_id, quantity)
        SELECT p_order, p_attempt, w.product_id, w.quantity FROM unnest(p_products, p_quantities) AS w (product_id, quantity);
      INSERT INTO stock_movements (product_id, kind, available_delta, held_delta, actor, order_id, attempt)
        SELECT w.product_id, 'reserve', -w.quantity, w.quantity, 'order', p_order, p_attempt
        FROM unnest(p_products, p_quantities) AS w (product_id, quantity);
      RETURN jsonb_build_object('status', 'active');
    END $$;

    -- Turns held into sold. Answers the status that the reservation has now, null where there is none.
    CREATE FUNCTION commit_stock(p_order uuid, p_attempt integer) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE
      v_status text;
    BEGIN
      UPDATE reservations SET status = 'committed', updated_at = now()
        WHERE order_id = p_order AND attempt = p_attempt AND status = 'active';
      IF FOUND THEN
        INSERT INTO stock_movements (product_id, kind, available_delta, held_delta, sold_delta, actor, order_id, attempt)
          SELECT product_id, 'commit', 0, -quantity, quantity, 'order', p_order, p_attempt
          FROM reservation_lines WHERE order_id = p_order AND attempt = p_attempt;
        RETURN 'committed';
      END IF;
      SELECT status INTO v_status FROM reservations WHERE order_id = p_order AND attempt = p_attempt;
      RETURN v_status;
    END $$;

    -- Gives back what an attempt holds or sold. One that never came leaves a tombstone, so that it is refused if it does.
    CREATE FUNCTION release_stock(p_order uuid, p_attempt integer, p_reason text) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      v_status text;
    BEGIN
      INSERT INTO reservations (order_id, attempt, status) VALUES (p_order, p_attempt, 'released')
        ON CONFLICT (order_id, attempt) DO NOTHING;
      IF FOUND THEN
        RETURN;
      END IF;
      SELECT status INTO v_status FROM reservations WHERE order_id = p_order AND attempt = p_attempt FOR UPDATE;
      IF v_status = 'released' THEN
        RETURN;
      END IF;
      UPDATE reservations SET status = 'released', updated_at = now() WHERE order_id = p_order AND attempt = p_attempt;

      PERFORM 1 FROM products
        WHERE id IN (SELECT product_id FROM reservation_lines WHERE order_id = p_order AND attempt = p_attempt)
        ORDER BY id FOR NO KEY UPDATE;
      UPDATE products p SET stock = p.stock + l.quantity FROM reservation_lines l
        WHERE l.order_id = p_order AND l.attempt = p_attempt AND p.id = l.product_id;
      INSERT INTO stock_movements (product_id, kind, available_delta, held_delta, sold_delta, reason, actor, order_id, attempt)
        SELECT product_id, 'release', quantity,
          CASE WHEN v_status = 'active' THEN -quantity ELSE 0 END,
          CASE WHEN v_status = 'committed' THEN -quantity ELSE 0 END,
          p_reason, 'order', p_order, p_attempt
        FROM reservation_lines WHERE order_id = p_order AND attempt = p_attempt;
    END $$;`,
  down: `
    DROP FUNCTION release_stock(uuid, integer, text);
    DROP FUNCTION commit_stock(uuid, integer);
    DROP FUNCTION reserve_stock(uuid, integer, uuid[], integer[], numeric[]);`,
}
