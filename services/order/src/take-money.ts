import { toMajor, toMinor } from '@duka/contracts'
import { enqueue, enqueueBackstop, Problem, queryRow, tryNow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import { commitStock } from './commit-stock'
import type { Deps } from './deps'
import { findOrder, lockOrder } from './find-order'
import { holdAgain } from './hold-again'
import { byPayment, moveOrder } from './move-order'
import { applyRefund } from './note-refund'
import { noSuchOrder, type OrderRow, type OrderStatus, sourcesOf } from './order'
import { releaseStock } from './release-stock'
import { type Answer, findReported, keepDecision, type PaidReport, type ReportedPayment } from './reported-payment'

/** Between a look and the lock somebody else may move the order; so often in a row only if something is wrong. */
const maxLooks = 5

/** Payment reports money. It is decided once per payment whether the order takes it, and the same report again answers the same. */
export async function takeMoney(deps: Deps, report: PaidReport): Promise<Answer> {
  for (let look = 1; look <= maxLooks; look++) {
    const decision = await decide(deps, report, await lookAt(deps, report))
    if (!decision) continue
    const { answer, paid } = decision
    if (paid)
      await tryNow(deps.database, commitStock.key(paid), deps.log, () => commitStock(deps, paid.id, paid.attempt))
    return answer
  }
  throw new Problem(503, 'order_busy', 'The order changes all the time. Try again.', {
    headers: { 'Retry-After': '1' },
  })
}

interface Look extends Pick<OrderRow, 'status' | 'attempt'> {
  /** Of a cancelled order: whether its next attempt holds the stock, so that it can be paid after all. */
  held: boolean
}

/** Reads the order and, as no call to another service may be made under a lock, asks for the stock of late money already. */
async function lookAt(deps: Deps, report: PaidReport): Promise<Look> {
  const order = await findOrder(deps, report.orderId)
  if (!order) throw noSuchOrder()
  const { status, attempt } = order
  const isLate = status === 'cancelled' && !whyNever(order, report)
  const held = isLate && !(await findReported(deps, report.paymentId, null)) && (await holdAgain(deps, order))
  return { status, attempt, held }
}

interface Decision {
  answer: Answer
  paid?: OrderRow
}

/** Answers undefined where the order has moved since the look. */
function decide(deps: Deps, report: PaidReport, seen: Look): Promise<Decision | undefined> {
  return deps.database.transaction(async (transaction) => {
    const order = await lockOrder(deps, report.orderId, transaction)
    const known = await findReported(deps, report.paymentId, transaction)
    if (known?.outcome) return { answer: { outcome: known.outcome, reason: known.reason } }
    if (order.status !== seen.status || order.attempt !== seen.attempt) return undefined
    const reason = whyNever(order, report) ?? whyNotNow(order, report, seen, known)
    await keepDecision(deps, report, reason, transaction)
    if (reason === stockGone || (reason && seen.held)) await giveUpNextAttempt(deps, order, transaction)
    if (reason) return { answer: { outcome: 'refund_due', reason } }
    const paid = await markPaid(deps, order, report, transaction)
    if (known) await applyRefund(deps, paid, toMinor(known.refunded_amount), transaction)
    return { answer: { outcome: 'applied', reason: null }, paid }
  })
}

const stockGone = 'The order was cancelled and its stock is gone.'

/** Why the order takes this money in no status; null where it depends on that. */
function whyNever(order: OrderRow, report: PaidReport): string | null {
  if (order.payment_id) return 'The order is paid by another payment.'
  if (!isWholePrice(order, report)) return "The sum is not the order's total."
  return order.refuses_money ? 'The order was cancelled for good.' : null
}

function whyNotNow(
  order: OrderRow,
  report: PaidReport,
  { held }: Look,
  known: ReportedPayment | undefined,
): string | null {
  if (known && toMinor(known.refunded_amount) >= toMinor(order.total_amount)) return 'The money went back already.'
  if (order.status === 'cancelled') return held ? null : stockGone
  if (sourcesOf('paid').includes(order.status) || isCashOnItsWay(order, report)) return null
  return 'The order can no longer be paid.'
}

const onItsWay: readonly OrderStatus[] = ['processing', 'shipped', 'delivered']

/** Cash comes while, or after, the order is brought to its customer; its status tells of that, and stays. */
function isCashOnItsWay({ status, cash_payment_id }: OrderRow, { paymentId }: PaidReport): boolean {
  return cash_payment_id === paymentId && onItsWay.includes(status)
}

function isWholePrice(order: OrderRow, { amount, currency }: PaidReport): boolean {
  return toMajor(toMinor(order.total_amount)) === amount && order.currency === currency
}

async function markPaid(deps: Deps, order: OrderRow, report: PaidReport, transaction: Transaction): Promise<OrderRow> {
  const isLate = order.status === 'cancelled'
  const to = isCashOnItsWay(order, report) ? order.status : 'paid'
  const set = {
    payment_status: 'paid',
    payment_method: report.provider,
    payment_id: report.paymentId,
    attempt: isLate ? order.attempt + 1 : order.attempt,
  } as const
  const reason = isLate ? 'Paid late; the stock was still there.' : 'Payment received.'
  const move = { to, from: [order.status], actor: byPayment, reason, set }
  const paid = await moveOrder(deps, order.id, move, transaction)
  if (!paid) throw new Error('A locked order moved')
  await enqueueBackstop(deps.database, transaction, commitStock.job(paid))
  return paid
}

/** Another report of the same money may hold stock by this attempt at this moment; nothing may come of it any more. */
async function giveUpNextAttempt({ database }: Deps, { id }: OrderRow, transaction: Transaction): Promise<void> {
  const sql = 'UPDATE orders SET attempt = attempt + 1, updated_at = now() WHERE id = $1 RETURNING *'
  const order = await queryRow<OrderRow>(database, sql, [id], transaction)
  await enqueue(database, transaction, releaseStock.job(order!))
}
