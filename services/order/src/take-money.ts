import { toMajor, toMinor } from '@duka/contracts'
import { enqueue, Problem, queryRow, tryNow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import { commitStock } from './commit-stock'
import type { Deps } from './deps'
import { findOrder, lockOrder } from './find-order'
import { holdAgain } from './hold-again'
import { byPayment, moveOrder } from './move-order'
import { applyRefund } from './note-refund'
import { noSuchOrder, type OrderRow, type OrderStatus, orderColumns, sourcesOf } from './order'
import { releaseStock } from './release-stock'
import { type Answer, findReported, keepDecision, type PaidReport, type ReportedPayment } from './reported-payment'

/** Between asking and the lock somebody else may move the order; so often in a row only if something is wrong. */
const maxTries = 5

/** Payment reports money. It is decided once per payment whether the order takes it, and the same report again answers the same. */
export async function takeMoney(deps: Deps, report: PaidReport): Promise<Answer> {
  let late: LateStock | undefined
  for (let n = 1; n <= maxTries; n++) {
    const decision = await decide(deps, report, late)
    if (decision) {
      const { answer, paid } = decision
      if (paid)
        await tryNow(deps.database, commitStock.key(paid), deps.log, () => commitStock(deps, paid.id, paid.attempt))
      return answer
    }
    // As no call to another service may be made under a lock, the decision is made anew once the answer is there.
    late = await askForStock(deps, report.orderId)
  }
  throw new Problem(503, 'order_busy', 'The order changes all the time. Try again.', {
    headers: { 'Retry-After': '1' },
  })
}

/** Of a cancelled order: whether the attempt after this one holds its stock, so that it can be paid after all. */
interface LateStock {
  attempt: number
  held: boolean
}

async function askForStock(deps: Deps, orderId: string): Promise<LateStock> {
  const order = await findOrder(deps, orderId)
  if (!order) throw noSuchOrder()
  return { attempt: order.attempt, held: order.status === 'cancelled' && (await holdAgain(deps, order)) }
}

interface Decision {
  answer: Answer
  paid?: OrderRow
}

/** Answers undefined where that depends on whether the stock of a cancelled order is still there, which is to be asked for. */
function decide(deps: Deps, report: PaidReport, late: LateStock | undefined): Promise<Decision | undefined> {
  return deps.database.transaction(async (transaction) => {
    const order = await lockOrder(deps, report.orderId, transaction)
    const known = await findReported(deps, report.paymentId, transaction)
    if (known?.outcome) return { answer: { outcome: known.outcome, reason: known.reason } }
    const isLate = order.status === 'cancelled' && !order.payment_id
    const asked = isLate && late?.attempt === order.attempt ? late : undefined
    const never = whyNever(order, report, known)
    if (isLate && !never && !asked) return undefined
    const reason = never ?? whyNotNow(order, asked)
    await keepDecision(deps, report, reason, transaction)
    if (reason && asked) await giveUpNextAttempt(deps, order, transaction)
    if (reason) return { answer: { outcome: 'refund_due', reason } }
    const paid = await markPaid(deps, order, report, transaction)
    if (known) await applyRefund(deps, paid, toMinor(known.refunded_amount), transaction)
    return { answer: { outcome: 'applied', reason: null }, paid }
  })
}

/** Why the order takes this money in no status; null where it depends on that. */
function whyNever(order: OrderRow, report: PaidReport, known: ReportedPayment | undefined): string | null {
  if (order.payment_id) return 'The order is paid by another payment.'
  if (!isWholePrice(order, report)) return "The sum is not the order's total."
  if (known && toMinor(known.refunded_amount) >= toMinor(order.total_amount)) return 'The money went back already.'
  return order.refuses_money ? 'The order was cancelled for good.' : null
}

function whyNotNow(order: OrderRow, late: LateStock | undefined): string | null {
  if (order.status === 'cancelled') return late?.held ? null : 'The order was cancelled and its stock is gone.'
  if (sourcesOf('paid').includes(order.status) || isUnpaidOnItsWay(order)) return null
  return 'The order can no longer be paid.'
}

const onItsWay: readonly OrderStatus[] = ['processing', 'shipped', 'delivered']

/**
 * It was sent to be paid in cash. Whatever comes then, cash or what a phone or a card pays after all, is its money: given
 * back, nobody would collect it again. Its status tells where it is, and stays.
 */
function isUnpaidOnItsWay({ status, cash_payment_id }: OrderRow): boolean {
  return cash_payment_id !== null && onItsWay.includes(status)
}

function isWholePrice(order: OrderRow, { amount, currency }: PaidReport): boolean {
  return toMajor(toMinor(order.total_amount)) === amount && order.currency === currency
}

async function markPaid(deps: Deps, order: OrderRow, report: PaidReport, transaction: Transaction): Promise<OrderRow> {
  const isLate = order.status === 'cancelled'
  const to = isUnpaidOnItsWay(order) ? order.status : 'paid'
  const set = {
    payment_status: 'paid',
    payment_method: report.provider,
    payment_id: report.paymentId,
    attempt: isLate ? order.attempt + 1 : order.attempt,
  } as const
  const reason = isLate ? 'Paid late; the stock was still there.' : 'Payment received.'
  const job = commitStock.job({ ...order, ...set })
  const move = { to, from: [order.status], actor: byPayment, reason, set, job }
  const paid = await moveOrder(deps, order.id, move, transaction)
  if (!paid) throw new Error('A locked order moved')
  return paid
}

/** Another report of the same money may hold stock by this attempt at this moment; nothing may come of it any more. */
async function giveUpNextAttempt({ database }: Deps, { id }: OrderRow, transaction: Transaction): Promise<void> {
  const sql = `UPDATE orders SET attempt = attempt + 1, updated_at = now() WHERE id = $1 RETURNING ${orderColumns}`
  const order = await queryRow<OrderRow>(database, sql, [id], transaction)
  await enqueue(database, transaction, releaseStock.job(order!))
}
