import { cashBreaks } from './cash-breaks'
import {
  addEarlierOrder,
  addHistory,
  addJob,
  addPurchase,
  darajaEntry,
  type Purchase,
  type SmallShop,
  stripeEntry,
} from './small-shop'

export interface Break {
  what: string
  /** Who has to notice. */
  invariant: string
  /** What it has to say, of the order, product or payment that was broken. */
  says: RegExp
  state?: 'pending' | 'cancelled' | 'paid'
  provider?: string
  /** What is to come instead of a violation. */
  cover?: string
  /** Makes it wrong; brings whose name the finding has to hold, where it is not the purchase's own. */
  make(shop: SmallShop, purchase: Purchase): Promise<unknown>
}

const reserveWithoutCondition = `
  CREATE OR REPLACE FUNCTION reserve_stock(p_order uuid, p_attempt integer, p_products uuid[], p_quantities integer[], p_prices numeric[])
  RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO reservations (order_id, attempt, status) VALUES (p_order, p_attempt, 'active');
    UPDATE products p SET stock = p.stock - w.quantity FROM unnest(p_products, p_quantities) AS w (id, quantity) WHERE p.id = w.id;
    INSERT INTO reservation_lines (order_id, attempt, product_id, quantity)
      SELECT p_order, p_attempt, w.id, w.quantity FROM unnest(p_products, p_quantities) AS w (id, quantity);
    INSERT INTO stock_movements (product_id, kind, available_delta, held_delta, actor, order_id, attempt)
      SELECT w.id, 'reserve', -w.quantity, w.quantity, 'order', p_order, p_attempt
      FROM unnest(p_products, p_quantities) AS w (id, quantity);
    RETURN jsonb_build_object('status', 'active');
  END $$;
  ALTER TABLE products DROP CONSTRAINT products_stock_check`

/** Every way in which a part of the shop could be wrong, made so by hand in databases of a test. */
export const breaks: Break[] = [
  {
    what: 'the condition on stock is gone, and more is sold than there is',
    invariant: 'stock',
    says: /is below zero/,
    state: 'pending',
    async make(shop, { id, productId }) {
      await shop.run('product', reserveWithoutCondition)
      await shop.run('product', 'SELECT release_stock($1, 1, $2)', [id, 'Again.'])
      await shop.run('order', 'UPDATE orders SET attempt = 2 WHERE id = $1', [id])
      const bind = [id, productId]
      await shop.run('product', 'UPDATE products SET stock = 1 WHERE id = $1', [productId])
      await shop.run('product', 'SELECT reserve_stock($1, 2, ARRAY[$2::uuid], ARRAY[2], ARRAY[1200.00])', bind)
    },
  },
  {
    what: 'a movement of stock is lost',
    invariant: 'stock',
    says: /8 can be bought, and its movements say 10/,
    make: (shop, { id }) => shop.run('product', 'DELETE FROM stock_movements WHERE order_id = $1', [id]),
  },
  {
    what: 'stock is changed without a movement',
    invariant: 'stock',
    says: /9 can be bought, and its movements say 8/,
    make: (shop, { productId }) =>
      shop.run('product', 'UPDATE products SET stock = stock + 1 WHERE id = $1', [productId]),
  },
  {
    what: 'a cancelled order keeps its reservation',
    invariant: 'reservations',
    says: /is cancelled and has a reservation that is active/,
    state: 'pending',
    make: (shop, { id }) => shop.run('order', `UPDATE orders SET status = 'cancelled' WHERE id = $1`, [id]),
  },
  {
    what: 'a cancelled order keeps its reservation for a moment',
    invariant: 'reservations',
    says: /is cancelled and has a reservation that is active/,
    state: 'pending',
    cover: 'job release-stock',
    async make(shop, { id }) {
      await shop.run('order', `UPDATE orders SET status = 'cancelled' WHERE id = $1`, [id])
      await addJob(shop, 'order', 'release-stock', { orderId: id, attempt: 1 })
    },
  },
  {
    what: 'the job that waits for the time of every order covers nothing',
    invariant: 'reservations',
    says: /is cancelled and has a reservation that is active/,
    state: 'pending',
    async make(shop, { id }) {
      await shop.run('order', `UPDATE orders SET status = 'cancelled' WHERE id = $1`, [id])
      await addJob(shop, 'order', 'expire-order', { orderId: id })
    },
  },
  {
    what: 'a job after its last try covers nothing',
    invariant: 'reservations',
    says: /is paid and has a reservation that is active/,
    state: 'pending',
    async make(shop, { id }) {
      await shop.run('order', `UPDATE orders SET status = 'paid' WHERE id = $1`, [id])
      await addJob(shop, 'order', 'commit-stock', { orderId: id, attempt: 1 })
      await shop.run(
        'order',
        `UPDATE graphile_worker._private_jobs SET attempts = max_attempts WHERE payload->>'orderId' = $1`,
        [id],
      )
    },
  },
  {
    what: 'a paid order has lost its goods',
    invariant: 'reservations',
    says: /is paid and has no reservation/,
    make: (shop, { id }) => shop.run('product', `SELECT release_stock($1, 1, 'Oops.')`, [id]),
  },
  {
    what: 'a reservation holds something else than was ordered',
    invariant: 'reservations',
    says: /has a reservation of other lines/,
    make: (shop, { id }) =>
      shop.run('order', 'UPDATE order_items SET quantity = 1, subtotal = 1200 WHERE order_id = $1', [id]),
  },
  {
    what: 'an order that nobody pays never expires',
    invariant: 'expiry',
    says: /waits for its money 60 minutes too long/,
    state: 'pending',
    make: (shop, { id }) =>
      shop.run('order', `UPDATE orders SET expires_at = now() - interval '1 hour' WHERE id = $1`, [id]),
  },
  {
    what: 'an order is lost, and its goods are sold',
    invariant: 'orphans',
    says: /does not exist, and its attempt 1 is committed/,
    async make(shop, { id }) {
      for (const table of ['order_items', 'order_history', 'order_payments']) {
        await shop.run('order', `DELETE FROM ${table} WHERE order_id = $1`, [id])
      }
      await shop.run('order', 'DELETE FROM orders WHERE id = $1', [id])
    },
  },
  {
    what: 'a total is not the sum of its lines',
    invariant: 'sums',
    says: /has lines of 240000 cents and a subtotal of 230000/,
    make: (shop, { id }) =>
      shop.run('order', 'UPDATE orders SET subtotal = 2300, total_amount = 2300 WHERE id = $1', [id]),
  },
  {
    what: "the client's amount is trusted",
    invariant: 'completed-payments',
    says: /asks for KES 100 \(in cents\), and the order costs KES 240000/,
    make: (shop, { paymentId }) => shop.run('payment', 'UPDATE payments SET amount = 1 WHERE id = $1', [paymentId]),
  },
  {
    what: 'an order is paid by less than it costs',
    invariant: 'paid-orders',
    says: /it costs KES 240000 and was paid KES 100/,
    make: (shop, { paymentId }) => shop.run('payment', 'UPDATE payments SET amount = 1 WHERE id = $1', [paymentId]),
  },
  {
    what: 'an order is paid by nobody',
    invariant: 'paid-orders',
    says: /no payment is its own/,
    state: 'pending',
    make: (shop, { id }) =>
      shop.run('order', `UPDATE orders SET status = 'paid', payment_status = 'paid' WHERE id = $1`, [id]),
  },
  {
    what: 'an order is sent that nobody paid',
    invariant: 'paid-orders',
    says: /nobody paid it/,
    state: 'pending',
    make: (shop, { id }) => shop.run('order', `UPDATE orders SET status = 'shipped' WHERE id = $1`, [id]),
  },
  {
    what: 'a refund never reached its order',
    invariant: 'paid-orders',
    says: /its payment is refunded/,
    make: (shop, { paymentId }) =>
      shop.run('payment', `UPDATE payments SET status = 'refunded', refunded_amount = amount WHERE id = $1`, [
        paymentId,
      ]),
  },
  {
    what: 'a refund came back, and its order goes on saying refunded',
    invariant: 'paid-orders',
    says: /is refunded, refunded: its payment is paid/,
    async make(shop, { id, paymentId }) {
      const set = `status = 'refunded', payment_status = 'refunded', refunded_amount = total_amount`
      await shop.run('order', `UPDATE orders SET ${set} WHERE id = $1`, [id])
      await shop.run(
        'payment',
        `INSERT INTO payment_reviews (id, kind, payment_id, detail) VALUES (gen_random_uuid(), 'refund_failed', $1, 'Back.')`,
        [paymentId],
      )
    },
  },
  {
    what: 'more went back than its refunds say',
    invariant: 'refunds',
    says: /gave back 100000 cents, and its refunds add up to 50000/,
    async make(shop, purchase) {
      await addRefund(shop, purchase, 'succeeded')
      await shop.run('payment', 'UPDATE payments SET refunded_amount = 1000 WHERE id = $1', [purchase.paymentId])
    },
  },
  {
    what: 'a refund is set aside and forgotten',
    invariant: 'refunds',
    says: /has 50000 cents set aside, and its open refunds add up to 0/,
    make: (shop, { paymentId }) =>
      shop.run('payment', 'UPDATE payments SET refunding_amount = 500 WHERE id = $1', [paymentId]),
  },
  {
    what: 'M-Pesa gave money back twice',
    invariant: 'mpesa-books',
    says: /gave back 0 cents by our books, and 240000 by M-Pesa's/,
    make: async (shop, purchase) => reverse(shop, purchase),
  },
  {
    what: 'M-Pesa gave money back that we have not heard of yet',
    invariant: 'mpesa-books',
    says: /gave back 0 cents by our books, and 50000 by M-Pesa's/,
    cover: 'a refund on its way',
    async make(shop, purchase) {
      const id = await addRefund(shop, purchase, 'sent')
      await shop.run('payment', 'UPDATE payments SET refunding_amount = 500 WHERE id = $1', [purchase.paymentId])
      shop.ledgers.daraja.push({ kind: 'payout', receipt: `out-${purchase.receipt}`, amount: 500, originatorId: id })
    },
  },
  {
    what: 'a cancelled order keeps its money',
    invariant: 'paid-orders',
    says: /its money was not given back/,
    make: cancelPaid,
  },
  {
    what: 'money came, and the order never heard of it',
    invariant: 'completed-payments',
    says: /has come, and the order is pending by no payment/,
    make: (shop, { id }) =>
      shop.run(
        'order',
        `UPDATE orders SET status = 'pending', payment_status = 'pending', payment_id = NULL WHERE id = $1`,
        [id],
      ),
  },
  {
    what: 'late money waits for a person',
    invariant: 'completed-payments',
    says: /has come, and the order is cancelled by no payment/,
    cover: 'review refund_due',
    async make(shop, purchase) {
      await cancelUnpaid(shop, purchase)
      await addReview(shop, purchase, { kind: 'refund_due' })
    },
  },
  {
    what: 'money that no order takes is written off',
    invariant: 'completed-payments',
    says: /has come, and the order is cancelled by no payment/,
    async make(shop, purchase) {
      await cancelUnpaid(shop, purchase)
      await addReview(shop, purchase, { kind: 'refund_due', decision: 'write_off' })
    },
  },
  {
    what: 'money that a person matched to an order is taken by none',
    invariant: 'completed-payments',
    says: /has come, and the order is cancelled by no payment/,
    async make(shop, purchase) {
      await cancelUnpaid(shop, purchase)
      const sql = `UPDATE payments SET metadata = '{"matchedEvent": "x"}' WHERE id = $1`
      await shop.run('payment', sql, [purchase.paymentId])
    },
  },
  {
    what: 'a cancelled order keeps its money, as its refund failed and was written off',
    invariant: 'paid-orders',
    says: /its money was not given back/,
    async make(shop, purchase) {
      await cancelPaid(shop, purchase)
      const refundId = await addRefund(shop, purchase, 'failed')
      await addReview(shop, purchase, { kind: 'refund_failed', refundId, decision: 'write_off' })
    },
  },
  {
    what: 'a cancelled order keeps its money, and a person has yet to decide',
    invariant: 'paid-orders',
    says: /its money was not given back/,
    cover: 'review refund_failed',
    async make(shop, purchase) {
      await cancelPaid(shop, purchase)
      await addReview(shop, purchase, { kind: 'refund_failed', refundId: await addRefund(shop, purchase, 'failed') })
    },
  },
  {
    what: 'a cancelled order keeps its money, and a person looks at something else',
    invariant: 'paid-orders',
    says: /its money was not given back/,
    async make(shop, purchase) {
      await cancelPaid(shop, purchase)
      await addReview(shop, purchase, { kind: 'second_receipt' })
    },
  },
  {
    what: "a cancelled order's money was taken by the customer's bank",
    invariant: 'paid-orders',
    says: /its money was not given back/,
    cover: "lost to the customer's bank",
    async make(shop, purchase) {
      await cancelPaid(shop, purchase)
      await addDispute(shop, purchase, 'lost')
    },
  },
  {
    what: "a cancelled order keeps its money, which the customer's bank left the shop",
    invariant: 'paid-orders',
    says: /its money was not given back/,
    async make(shop, purchase) {
      await cancelPaid(shop, purchase)
      await addDispute(shop, purchase, 'won')
      await addReview(shop, purchase, { kind: 'disputed', decision: 'accept' })
    },
  },
  {
    what: 'an order counts as paid by a payment that failed, and a person looks at it',
    invariant: 'paid-orders',
    says: /its payment .* is failed/,
    async make(shop, purchase) {
      const sql = `UPDATE payments SET status = 'failed', completed_at = NULL WHERE id = $1`
      await shop.run('payment', sql, [purchase.paymentId])
      await addReview(shop, purchase, { kind: 'wrong_amount' })
    },
  },
  {
    what: 'an order waits for money that a person has written off',
    invariant: 'expiry',
    says: /waits for its money 60 minutes too long/,
    state: 'pending',
    async make(shop, purchase) {
      await addOverdueTry(shop, purchase)
      await addReview(shop, purchase, { kind: 'silent', decision: 'write_off' })
    },
  },
  {
    what: 'an order waits for money that a person has yet to look at',
    invariant: 'expiry',
    says: /waits for its money 60 minutes too long/,
    state: 'pending',
    cover: 'review wrong_amount',
    async make(shop, purchase) {
      await addOverdueTry(shop, purchase)
      await addReview(shop, purchase, { kind: 'wrong_amount' })
    },
  },
  {
    what: 'a receipt counts twice',
    invariant: 'once',
    says: /is the transaction_id of 2 payments/,
    async make(shop, { paymentId, receipt }) {
      await shop.run('payment', 'DROP INDEX payments_receipt, payments_reference')
      const twin = await addPurchase(shop, 'paid')
      await shop.run('payment', 'UPDATE payments SET transaction_id = $2 WHERE id = $1', [twin.paymentId, receipt])
      await shop.run('payment', 'UPDATE payments SET updated_at = now() WHERE id = $1', [paymentId])
    },
  },
  {
    what: 'the receipt of a payment proves a refund',
    invariant: 'once',
    says: /is the receipt of a payment and of a refund/,
    async make(shop, purchase) {
      const id = await addRefund(shop, purchase, 'failed')
      await shop.run('payment', 'UPDATE refunds SET transaction_id = $2 WHERE id = $1', [id, purchase.receipt])
    },
  },
  {
    what: 'an order took money twice',
    invariant: 'once',
    says: /took money 2 times/,
    make: (shop, { id }) =>
      shop.run(
        'order',
        `INSERT INTO order_payments (payment_id, order_id, outcome) VALUES (gen_random_uuid(), $1, 'applied')`,
        [id],
      ),
  },
  {
    what: 'an order became paid twice',
    invariant: 'once',
    says: /became paid 2 times/,
    make: (shop, purchase) => addHistory(shop, purchase, 'paid'),
  },
  {
    what: 'a commit moved the same stock twice',
    invariant: 'once',
    says: /commit of attempt 1 moved the same stock 2 times/,
    make: (shop, { id }) =>
      shop.run(
        'product',
        `INSERT INTO stock_movements (product_id, kind, available_delta, held_delta, sold_delta, actor, order_id, attempt)
         SELECT product_id, kind, available_delta, held_delta, sold_delta, actor, order_id, attempt
         FROM stock_movements WHERE order_id = $1 AND kind = 'commit'`,
        [id],
      ),
  },
  {
    what: 'an order was never taken out of its cart',
    invariant: 'carts',
    says: /was not taken out of its cart/,
    make: (shop, { id }) => shop.run('cart', 'DELETE FROM cart_orders WHERE order_id = $1', [id]),
  },
  {
    what: 'an order is about to be taken out of its cart',
    invariant: 'carts',
    says: /was not taken out of its cart/,
    cover: 'job empty-cart',
    async make(shop, { id }) {
      await shop.run('cart', 'DELETE FROM cart_orders WHERE order_id = $1', [id])
      await addJob(shop, 'order', 'empty-cart', { orderId: id })
    },
  },
  {
    what: 'an order took what was in its cart only because an order before it was not taken out yet',
    invariant: 'carts',
    says: /took 2 of product .*, of 2 of which orders before it had 2/,
    make: (shop, purchase) => addEarlierOrder(shop, purchase, 2),
  },
  {
    what: 'a callback is kept and never applied',
    invariant: 'callbacks',
    says: /is not applied/,
    make: (shop, { callbackHash }) => addCallback(shop, callbackHash),
  },
  {
    what: 'a callback is about to be applied',
    invariant: 'callbacks',
    says: /is not applied/,
    cover: 'job apply-callback',
    async make(shop, { callbackHash }) {
      const { rows } = await addCallback(shop, callbackHash)
      await addJob(shop, 'payment', 'apply-callback', { eventId: rows[0].id })
    },
  },
  {
    what: 'a payment counts that M-Pesa knows nothing of',
    invariant: 'mpesa-books',
    says: /counts as completed, and M-Pesa took no such money/,
    make: async (shop, { receipt }) => {
      const index = shop.ledgers.daraja.findIndex((entry) => entry.receipt === receipt)
      shop.ledgers.daraja.splice(index, 1)
    },
  },
  {
    what: 'a person has accepted what M-Pesa knows nothing of',
    invariant: 'mpesa-books',
    says: /counts as completed, and M-Pesa took no such money/,
    async make(shop, purchase) {
      const index = shop.ledgers.daraja.findIndex((entry) => entry.receipt === purchase.receipt)
      shop.ledgers.daraja.splice(index, 1)
      await addReview(shop, purchase, { kind: 'wrong_amount', decision: 'accept' })
    },
  },
  {
    what: 'a person has written off what M-Pesa took',
    invariant: 'mpesa-books',
    says: /is failed, and M-Pesa took it with/,
    async make(shop, purchase) {
      const sql = `UPDATE payments SET status = 'failed', completed_at = NULL, failure_code = 'written_off' WHERE id = $1`
      await shop.run('payment', sql, [purchase.paymentId])
      await addReview(shop, purchase, { kind: 'silent', decision: 'write_off' })
    },
  },
  {
    what: 'M-Pesa took money that a person has yet to look at',
    invariant: 'mpesa-books',
    says: /is pending, and M-Pesa took it with/,
    cover: 'review wrong_amount',
    async make(shop, purchase) {
      const sql = `UPDATE payments SET status = 'pending', completed_at = NULL WHERE id = $1`
      await shop.run('payment', sql, [purchase.paymentId])
      await addReview(shop, purchase, { kind: 'wrong_amount' })
    },
  },
  {
    what: 'a payment was reversed in the portal, and the refund that failed was written off',
    invariant: 'mpesa-books',
    says: /gave back 0 cents by our books, and 240000 by M-Pesa's/,
    async make(shop, purchase) {
      reverse(shop, purchase)
      const refundId = await addRefund(shop, purchase, 'failed')
      await addReview(shop, purchase, { kind: 'refund_failed', refundId, decision: 'write_off' })
    },
  },
  {
    what: 'a payment without a receipt was reversed in the portal, and nobody wrote it down',
    invariant: 'mpesa-books',
    says: /gave back 0 cents by our books, and 240000 by M-Pesa's/,
    async make(shop, purchase) {
      reverse(shop, purchase)
      await shop.run('payment', 'UPDATE payments SET transaction_id = NULL WHERE id = $1', [purchase.paymentId])
    },
  },
  {
    what: 'a payment was reversed in the portal beside a part of it that was paid out',
    invariant: 'mpesa-books',
    says: /gave back 50000 cents by our books, and 290000 by M-Pesa's/,
    async make(shop, purchase) {
      reverse(shop, purchase)
      await payOut(shop, purchase, await addDone(shop, purchase))
    },
  },
  {
    what: 'a refund that failed was given back by hand, as a person said',
    invariant: 'mpesa-books',
    says: /gave back 50000 cents by our books, and 0 by M-Pesa's/,
    cover: 'given back by hand',
    async make(shop, purchase) {
      const refundId = await addDone(shop, purchase)
      await addReview(shop, purchase, { kind: 'refund_failed', refundId, decision: 'accept' })
    },
  },
  {
    what: 'more was given back than the person said who did so by hand',
    invariant: 'mpesa-books',
    says: /gave back 100000 cents by our books, and 0 by M-Pesa's/,
    async make(shop, purchase) {
      const refundId = await addDone(shop, purchase)
      await addReview(shop, purchase, { kind: 'refund_failed', refundId, decision: 'accept' })
      await addDone(shop, purchase)
    },
  },
  {
    what: 'a refund counts as done that M-Pesa knows nothing of, and a person put something else aside',
    invariant: 'mpesa-books',
    says: /gave back 50000 cents by our books, and 0 by M-Pesa's/,
    async make(shop, purchase) {
      const refundId = await addDone(shop, purchase)
      await addReview(shop, purchase, { kind: 'wrong_ids', refundId, decision: 'accept' })
    },
  },
  {
    what: 'a reversal in the portal was written down, and is not in the ledger',
    invariant: 'mpesa-books',
    says: /gave back 50000 cents by our books, and 0 by M-Pesa's/,
    cover: 'given back by hand',
    async make(shop, purchase) {
      const refundId = await addDone(shop, purchase)
      await shop.run('payment', 'UPDATE refunds SET actor_id = gen_random_uuid() WHERE id = $1', [refundId])
    },
  },
  {
    what: 'a refund went out twice, and a person sees it',
    invariant: 'mpesa-books',
    says: /gave back 0 cents by our books, and 50000 by M-Pesa's/,
    cover: 'seen by a person: refunded_twice',
    async make(shop, purchase) {
      const refundId = await addRefund(shop, purchase, 'failed')
      await payOut(shop, purchase, refundId)
      await addReview(shop, purchase, { kind: 'refunded_twice', refundId, decision: 'write_off' })
    },
  },
  {
    what: 'more went out twice than a person saw',
    invariant: 'mpesa-books',
    says: /gave back 0 cents by our books, and 290000 by M-Pesa's/,
    async make(shop, purchase) {
      const refundId = await addRefund(shop, purchase, 'failed')
      await payOut(shop, purchase, refundId)
      reverse(shop, purchase)
      await addReview(shop, purchase, { kind: 'refunded_twice', refundId, decision: 'write_off' })
    },
  },
  {
    what: 'M-Pesa took money that counts as failed',
    invariant: 'mpesa-books',
    says: /is failed, and M-Pesa took it with/,
    make: (shop, { paymentId }) =>
      shop.run('payment', `UPDATE payments SET status = 'failed', completed_at = NULL WHERE id = $1`, [paymentId]),
  },
  {
    what: 'M-Pesa took money that it is still asked about',
    invariant: 'mpesa-books',
    says: /is pending, and M-Pesa took it with/,
    cover: 'the provider is asked again',
    make: (shop, { paymentId }) =>
      shop.run(
        'payment',
        `UPDATE payments SET status = 'pending', completed_at = NULL, next_check_at = now() WHERE id = $1`,
        [paymentId],
      ),
  },
  {
    what: 'money came for a request whose answer was lost, and nobody can be asked about it',
    invariant: 'mpesa-books',
    says: /is pending, and M-Pesa took it/,
    cover: 'a late callback, or a person after two days',
    make: (shop, { paymentId }) =>
      shop.run(
        'payment',
        `UPDATE payments SET status = 'pending', completed_at = NULL, next_check_at = now(), external_reference = NULL
         WHERE id = $1`,
        [paymentId],
      ),
  },
  {
    what: 'M-Pesa took money that no payment has',
    invariant: 'mpesa-books',
    says: /took 240000 cents for DKTEST\d+ that no payment has/,
    state: 'pending',
    make: async (shop, purchase) => void shop.ledgers.daraja.push(darajaEntry(purchase)),
  },
  {
    what: 'Stripe took money that no payment has',
    invariant: 'stripe-books',
    says: /took 240000 cents that no payment has/,
    make: (shop, purchase) => takeStray(shop, purchase),
  },
  {
    what: 'Stripe took money that no payment has, and it is before a person',
    invariant: 'stripe-books',
    says: /took 240000 cents that no payment has/,
    cover: 'review unmatched',
    make: (shop, purchase) => takeStray(shop, purchase, 'NULL, NULL'),
  },
  {
    what: 'Stripe took money that no payment has, and a person wrote it off',
    invariant: 'stripe-books',
    says: /took 240000 cents that no payment has/,
    cover: 'decided by a person: write_off',
    make: (shop, purchase) => takeStray(shop, purchase, `now(), 'write_off'`),
  },
  {
    what: 'Stripe took money that a person said to give back, and no payment has it',
    invariant: 'stripe-books',
    says: /took 240000 cents that no payment has/,
    make: (shop, purchase) => takeStray(shop, purchase, `now(), 'refund'`),
  },
  {
    what: 'Stripe took money twice',
    invariant: 'stripe-books',
    says: /Stripe took kes 480000/,
    provider: 'stripe',
    make: async (shop, purchase) => void shop.ledgers.stripe.push(stripeEntry(purchase)),
  },
  {
    what: 'Stripe took money for a payment of ours that no payment has, and a person wrote it off',
    invariant: 'stripe-books',
    says: /took 240000 cents that no payment has/,
    async make(shop, purchase) {
      await takeStray(shop, purchase, `now(), 'write_off'`)
      Object.assign(shop.ledgers.stripe.at(-1)!, { metadata: { paymentId: purchase.paymentId } })
    },
  },
  {
    what: 'Stripe gave back what found no room while ours was on its way, and ours failed',
    invariant: 'stripe-books',
    says: /gave back 0 cents by our books, and 240000 by Stripe's/,
    provider: 'stripe',
    async make(shop, purchase) {
      shop.ledgers.stripe.push(stripeEntry(purchase, 'refund'))
      await addReview(shop, purchase, { kind: 'refunded_elsewhere' })
      await addReview(shop, purchase, { kind: 'refund_failed', refundId: await addRefund(shop, purchase, 'failed') })
    },
  },
  {
    what: 'Stripe gave back what found no room, and a person put all of it aside',
    invariant: 'stripe-books',
    says: /gave back 0 cents by our books, and 240000 by Stripe's/,
    provider: 'stripe',
    async make(shop, purchase) {
      shop.ledgers.stripe.push(stripeEntry(purchase, 'refund'))
      await addReview(shop, purchase, { kind: 'refunded_elsewhere', decision: 'write_off' })
      const refundId = await addRefund(shop, purchase, 'failed')
      await addReview(shop, purchase, { kind: 'refund_failed', refundId, decision: 'write_off' })
    },
  },
  {
    what: 'Stripe gave back as much as is on its way by our books',
    invariant: 'stripe-books',
    says: /gave back 0 cents by our books, and 50000 by Stripe's/,
    provider: 'stripe',
    cover: 'a refund on its way',
    async make(shop, purchase) {
      shop.ledgers.stripe.push({ ...stripeEntry(purchase, 'refund'), amount: 50_000 })
      await addRefund(shop, purchase, 'sent')
      await shop.run('payment', 'UPDATE payments SET refunding_amount = 500 WHERE id = $1', [purchase.paymentId])
    },
  },
  {
    what: 'Stripe gave back more than is on its way by our books',
    invariant: 'stripe-books',
    says: /gave back 0 cents by our books, and 240000 by Stripe's/,
    provider: 'stripe',
    async make(shop, purchase) {
      shop.ledgers.stripe.push(stripeEntry(purchase, 'refund'))
      await addRefund(shop, purchase, 'sent')
      await shop.run('payment', 'UPDATE payments SET refunding_amount = 500 WHERE id = $1', [purchase.paymentId])
    },
  },
  {
    what: 'what a card did not take was given back by hand',
    invariant: 'stripe-books',
    says: /gave back 50000 cents by our books, and 0 by Stripe's/,
    provider: 'stripe',
    cover: 'given back by hand',
    async make(shop, purchase) {
      const refundId = await addDone(shop, purchase)
      await shop.run('payment', 'UPDATE refunds SET actor_id = gen_random_uuid() WHERE id = $1', [refundId])
    },
  },
  {
    what: 'Stripe gave money back that our books do not know of',
    invariant: 'stripe-books',
    says: /gave back 0 cents by our books, and 240000 by Stripe's/,
    provider: 'stripe',
    make: async (shop, purchase) => void shop.ledgers.stripe.push(stripeEntry(purchase, 'refund')),
  },
  ...cashBreaks,
]

async function addRefund(shop: SmallShop, { paymentId }: Purchase, status: string): Promise<string> {
  const { rows } = await shop.run(
    'payment',
    `INSERT INTO refunds (id, payment_id, amount, status, reason, actor_role)
     VALUES (gen_random_uuid(), $1, 500, $2, 'Broken', 'admin') RETURNING id`,
    [paymentId, status],
  )
  return rows[0].id
}

/** A refund that is done by our books. */
async function addDone(shop: SmallShop, purchase: Purchase): Promise<string> {
  const sql = `UPDATE payments SET status = 'partially_refunded', refunded_amount = refunded_amount + 500 WHERE id = $1`
  await shop.run('payment', sql, [purchase.paymentId])
  return addRefund(shop, purchase, 'succeeded')
}

interface ReviewOf {
  kind: string
  refundId?: string
  /** By a person; it is open without one. */
  decision?: string
}

function addReview(shop: SmallShop, { paymentId }: Purchase, { kind, refundId, decision }: ReviewOf) {
  return shop.run(
    'payment',
    `INSERT INTO payment_reviews (id, kind, payment_id, refund_id, detail, decision, resolved_at, actor_id)
     VALUES (gen_random_uuid(), $2, $1, $3, 'Look.', $4::text, CASE WHEN $4::text IS NOT NULL THEN now() END,
       CASE WHEN $4::text IS NOT NULL THEN gen_random_uuid() END)`,
    [paymentId, kind, refundId ?? null, decision ?? null],
  )
}

function addDispute(shop: SmallShop, { paymentId, number }: Purchase, status: string) {
  return shop.run(
    'payment',
    `INSERT INTO disputes (id, payment_id, amount, currency, reason, status, closed_at)
     VALUES ($2, $1, 2400, 'KES', 'fraudulent', $3, now())`,
    [paymentId, `dp_${number}`, status],
  )
}

/** Somebody takes it back in the portal. */
function reverse(shop: SmallShop, { receipt }: Purchase) {
  shop.ledgers.daraja.push({ kind: 'reversal', receipt: `back-${receipt}`, amount: 2400, originalReceipt: receipt })
}

async function payOut(shop: SmallShop, { receipt }: Purchase, originatorId: string) {
  shop.ledgers.daraja.push({ kind: 'payout', receipt: `out-${receipt}`, amount: 500, originatorId })
}

async function cancelPaid(shop: SmallShop, { id }: Purchase) {
  await shop.run('product', `SELECT release_stock($1, 1, 'Cancelled.')`, [id])
  await shop.run('order', `UPDATE orders SET status = 'cancelled' WHERE id = $1`, [id])
}

/** Its money comes for nothing. */
async function cancelUnpaid(shop: SmallShop, purchase: Purchase) {
  await cancelPaid(shop, purchase)
  const sql = `UPDATE orders SET payment_status = 'pending', payment_id = NULL WHERE id = $1`
  await shop.run('order', sql, [purchase.id])
}

async function addOverdueTry(shop: SmallShop, { id, number, paymentId }: Purchase) {
  await shop.run('order', `UPDATE orders SET expires_at = now() - interval '1 hour' WHERE id = $1`, [id])
  await shop.run('payment', 'INSERT INTO payment_orders (order_id) VALUES ($1)', [id])
  await shop.run(
    'payment',
    `INSERT INTO payments (id, order_id, user_id, order_number, provider, amount, currency, status)
     VALUES ($1, $2, gen_random_uuid(), $3, 'mpesa', 2400, 'KES', 'pending')`,
    [paymentId, id, number],
  )
}

/** Money for another intent than the payment's, with a review of its event where one is given. */
async function takeStray(shop: SmallShop, purchase: Purchase, resolved?: string) {
  purchase.reference = `pi_stray_${purchase.number.replaceAll('-', '')}`
  shop.ledgers.stripe.push(stripeEntry(purchase))
  if (!resolved) return
  const body = JSON.stringify({ data: { object: { id: purchase.reference } } })
  await shop.run(
    'payment',
    `WITH event AS (
       INSERT INTO webhook_events (id, provider, digest, body, outcome, applied_at)
       VALUES (gen_random_uuid(), 'stripe', $1, $1, 'unmatched', now()) RETURNING id)
     INSERT INTO payment_reviews (id, kind, event_id, detail, resolved_at, decision)
     SELECT gen_random_uuid(), 'unmatched', id, 'stray', ${resolved} FROM event`,
    [body],
  )
}

function addCallback(shop: SmallShop, secretHash: string) {
  return shop.run(
    'payment',
    `INSERT INTO webhook_events (id, provider, digest, secret_hash, body, received_at)
     VALUES (gen_random_uuid(), 'mpesa', gen_random_uuid()::text, $1, '{}', now() - interval '1 minute') RETURNING id`,
    [secretHash],
  )
}
