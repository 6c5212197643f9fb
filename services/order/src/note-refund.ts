import { type Minor, toDecimal, toMinor } from '@duka/contracts'
import { enqueueBackstop, queryRow, tryNow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { lockOrder } from './find-order'
import { byPayment, moveOrder } from './move-order'
import { type OrderRow, type OrderStatus, sourcesOf } from './order'
import { releaseStock } from './release-stock'
import { type Answer, keepRefund, type RefundReport } from './reported-payment'

/** Payment reports how much went back. Where that is not the order's own payment, it changes nothing in the order. */
export async function noteRefund(deps: Deps, report: RefundReport): Promise<Answer> {
  const refunded = toMinor(report.refundedAmount)
  const back = await deps.database.transaction(async (transaction) => {
    const order = await lockOrder(deps, report.orderId, transaction)
    const isNews = await keepRefund(deps, report, refunded, transaction)
    const isOwn = order.payment_id === report.paymentId
    return isNews && isOwn ? applyRefund(deps, order, refunded, transaction) : undefined
  })
  if (back)
    await tryNow(deps.database, releaseStock.key(back), deps.log, () => releaseStock(deps, back.id, back.attempt))
  return { outcome: 'applied', reason: null }
}

/** Before it is shipped, what is paid back stays in the shop. */
const stillHere: readonly OrderStatus[] = ['paid', 'processing']

/** Shows a refund in its locked order. Answers the order where its stock is to be given back, by the job that is added. */
export async function applyRefund(
  deps: Pick<Deps, 'database'>,
  order: OrderRow,
  refunded: Minor,
  transaction: Transaction,
): Promise<OrderRow | undefined> {
  const before = toMinor(order.refunded_amount)
  if (refunded === before) return undefined
  if (refunded < before) return takeBackRefund(deps, order, refunded, transaction)
  const isWhole = refunded === toMinor(order.total_amount)
  const to = isWhole && sourcesOf('refunded').includes(order.status) ? 'refunded' : order.status
  const reason = isWhole ? 'All of the money was paid back.' : partlyBack(order, refunded)
  const moved = await showRefund(deps, order, { to, reason, refunded }, transaction)
  if (to !== 'refunded' || !stillHere.includes(order.status)) return undefined
  await enqueueBackstop(deps.database, transaction, releaseStock.job(moved!))
  return moved
}

/**
 * What went back did not arrive, and the shop has it again. What was refunded stands again where it had left the shop;
 * what had not gave its stock back, so it counts as cancelled, and its money is still owed.
 */
async function takeBackRefund(
  deps: Pick<Deps, 'database'>,
  order: OrderRow,
  refunded: Minor,
  transaction: Transaction,
): Promise<undefined> {
  const to = order.status === 'refunded' ? await statusAgain(deps, order, transaction) : order.status
  const sum = toDecimal(toMinor(order.refunded_amount) - refunded)
  const reason = `${order.currency} ${sum} that was paid back did not arrive; the shop has it again and will pay it back in another way.`
  await showRefund(deps, order, { to, reason, refunded }, transaction)
}

async function statusAgain({ database }: Pick<Deps, 'database'>, { id }: OrderRow, transaction: Transaction) {
  const sql = `SELECT from_status FROM order_history WHERE order_id = $1 AND to_status = 'refunded' AND from_status <> to_status
    ORDER BY id DESC LIMIT 1`
  const last = await queryRow<{ from_status: OrderStatus }>(database, sql, [id], transaction)
  return last && !stillHere.includes(last.from_status) ? last.from_status : 'cancelled'
}

interface Shown {
  to: OrderStatus
  reason: string
  refunded: Minor
}

function showRefund(
  deps: Pick<Deps, 'database'>,
  order: OrderRow,
  { to, reason, refunded }: Shown,
  transaction: Transaction,
) {
  const set = { payment_status: statusOf(order, refunded), refunded_amount: toDecimal(refunded) }
  const move = { to, from: [order.status], actor: byPayment, reason, set }
  return moveOrder(deps, order.id, move, transaction)
}

function statusOf({ total_amount }: OrderRow, refunded: Minor): OrderRow['payment_status'] {
  if (refunded === 0) return 'paid'
  return refunded === toMinor(total_amount) ? 'refunded' : 'partially_refunded'
}

function partlyBack({ currency, total_amount }: OrderRow, refunded: Minor): string {
  return `${currency} ${toDecimal(refunded)} of ${total_amount} paid back so far.`
}
