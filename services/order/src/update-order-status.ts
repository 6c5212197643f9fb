import { type AnswerOf, type orderContract as contract, type InputOf, toMajor, toMinor } from '@duka/contracts'
import { enqueue, enqueueBackstop, Problem, queryRow, queryRows, tryNow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import { commitStock } from './commit-stock'
import type { Deps } from './deps'
import { findOrder } from './find-order'
import { holdAgain } from './hold-again'
import { moveOrder } from './move-order'
import { noSuchOrder, type OrderRow, sourcesOf } from './order'
import { releaseStock } from './release-stock'

type Report = InputOf<typeof contract.updateOrderStatus>['body']
type Answer = AnswerOf<typeof contract.updateOrderStatus>

/** Between a look and the lock somebody else may move the order; so often in a row only if something is wrong. */
const maxLooks = 5

/** Payment reports money. It is decided once per payment whether the order takes it, and the same report again answers the same. */
export async function updateOrderStatus(deps: Deps, report: Report): Promise<Answer> {
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
async function lookAt(deps: Deps, report: Report): Promise<Look> {
  const order = await findOrder(deps, report.orderId)
  if (!order) throw noSuchOrder()
  const { status, attempt } = order
  const isLate = status === 'cancelled' && !order.payment_id && isWholePrice(order, report)
  const held = isLate && !(await findDecision(deps, report.paymentId, null)) && (await holdAgain(deps, order))
  return { status, attempt, held }
}

interface Decision {
  answer: Answer
  paid?: OrderRow
}

/** Answers undefined where the order has moved since the look. */
function decide(deps: Deps, report: Report, seen: Look): Promise<Decision | undefined> {
  return deps.database.transaction(async (transaction) => {
    const order = await lockOrder(deps, report.orderId, transaction)
    const known = await findDecision(deps, report.paymentId, transaction)
    if (known) return { answer: known }
    if (order.status !== seen.status || order.attempt !== seen.attempt) return undefined
    const reason = whyNot(order, report, seen)
    await keepDecision(deps, report, reason, transaction)
    if (reason === stockGone) await giveUpNextAttempt(deps, order, transaction)
    if (reason) return { answer: { outcome: 'refund_due', reason } }
    return { answer: { outcome: 'applied', reason: null }, paid: await takeMoney(deps, order, report, transaction) }
  })
}

const stockGone = 'The order was cancelled and its stock is gone.'

/** Why the order cannot take this money; null where it can. */
function whyNot(order: OrderRow, report: Report, { held }: Look): string | null {
  if (order.payment_id) return 'The order is paid by another payment.'
  if (!isWholePrice(order, report)) return "The sum is not the order's total."
  if (order.status === 'cancelled') return held ? null : stockGone
  return sourcesOf('paid').includes(order.status) ? null : 'The order can no longer be paid.'
}

function isWholePrice(order: OrderRow, { amount, currency }: Report): boolean {
  return toMajor(toMinor(order.total_amount)) === amount && order.currency === currency
}

async function takeMoney(deps: Deps, order: OrderRow, report: Report, transaction: Transaction): Promise<OrderRow> {
  const isLate = order.status === 'cancelled'
  const reason = isLate ? 'Paid late; the stock was still there.' : 'Payment received.'
  const set = {
    payment_status: 'paid',
    payment_method: report.provider,
    payment_id: report.paymentId,
    attempt: isLate ? order.attempt + 1 : order.attempt,
  } as const
  const paid = await moveOrder(deps, order.id, { to: 'paid', actor: 'payment', reason, set }, transaction)
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

async function lockOrder({ database }: Deps, id: string, transaction: Transaction): Promise<OrderRow> {
  const order = await queryRow<OrderRow>(database, 'SELECT * FROM orders WHERE id = $1 FOR UPDATE', [id], transaction)
  if (!order) throw noSuchOrder()
  return order
}

function findDecision({ database }: Deps, paymentId: string, transaction: Transaction | null) {
  const sql = 'SELECT outcome, reason FROM order_payments WHERE payment_id = $1'
  return queryRow<Answer>(database, sql, [paymentId], transaction)
}

async function keepDecision({ database }: Deps, report: Report, reason: string | null, transaction: Transaction) {
  const outcome: Answer['outcome'] = reason ? 'refund_due' : 'applied'
  await queryRows(
    database,
    'INSERT INTO order_payments (payment_id, order_id, outcome, reason) VALUES ($1, $2, $3, $4)',
    [report.paymentId, report.orderId, outcome, reason],
    transaction,
  )
}
