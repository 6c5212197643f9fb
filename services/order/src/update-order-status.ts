import { type AnswerOf, type orderContract as contract, type InputOf, productContract, toMinor } from '@duka/contracts'
import { enqueueBackstop, queryRow, queryRows, RemoteRefused, tryNow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import { commitStock } from './commit-stock'
import type { Deps } from './deps'
import { withItems } from './find-order'
import { moveOrder } from './move-order'
import { noSuchOrder, type OrderRow } from './order'

type Body = InputOf<typeof contract.updateOrderStatus>['body']
type Answer = AnswerOf<typeof contract.updateOrderStatus>

/** Payment reports money. It is decided once per payment whether the order takes it, and the same report again answers the same. */
export async function updateOrderStatus(deps: Deps, report: Body): Promise<Answer> {
  const late = await reserveForLateMoney(deps, report)
  const { answer, paid } = await deps.database.transaction(async (transaction) => {
    const order = await lockOrder(deps, report.orderId, transaction)
    const known = await findDecision(deps, report.paymentId, transaction)
    if (known) return { answer: known, paid: undefined }
    const paid = await takeMoney(deps, order, report, late, transaction)
    const answer: Answer = paid ? { outcome: 'applied', reason: null } : refundDue(order, report, late)
    await keepDecision(deps, report, answer, transaction)
    return { answer, paid }
  })
  if (paid) await tryNow(deps.database, commitKey(paid.id), deps.log, () => commitStock(deps, paid.id, paid.attempt))
  return answer
}

/** The attempt that holds stock for a cancelled order that is paid after all; null where there is none to hold. */
type LateAttempt = number | null

async function reserveForLateMoney(deps: Deps, report: Body): Promise<LateAttempt> {
  const order = await queryRow<OrderRow>(deps.database, 'SELECT * FROM orders WHERE id = $1', [report.orderId])
  if (!order) throw noSuchOrder()
  if (order.status !== 'cancelled' || !isWholePrice(order, report)) return null
  if (await findDecision(deps, report.paymentId, null)) return null
  const [whole] = await withItems(deps, [order])
  // At whatever price the catalogue has today: the customer paid the price of the order.
  const items = whole!.items.map((item) => ({ productId: item.product_id, quantity: item.quantity, price: null }))
  const attempt = order.attempt + 1
  try {
    await deps.product.call(productContract.reserveStock, { body: { orderId: order.id, attempt, items } })
    return attempt
  } catch (error) {
    if (error instanceof RemoteRefused) return null
    throw error
  }
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

async function takeMoney(deps: Deps, order: OrderRow, report: Body, late: LateAttempt, transaction: Transaction) {
  if (order.payment_id || !isWholePrice(order, report)) return undefined
  if (order.status === 'cancelled' && late === null) return undefined
  const paid = await moveOrder(
    deps,
    order.id,
    {
      to: 'paid',
      actor: 'payment',
      reason: order.status === 'cancelled' ? 'Paid late; the stock was still there.' : 'Payment received.',
      set: {
        payment_status: 'paid',
        payment_method: report.provider,
        payment_id: report.paymentId,
        attempt: late ?? order.attempt,
      },
    },
    transaction,
  )
  if (paid) await enqueueBackstop(deps.database, transaction, commitJob(paid))
  return paid
}

function isWholePrice(order: OrderRow, { amount, currency }: Body): boolean {
  return toMinor(order.total_amount) === toMinor(amount) && order.currency === currency
}

function refundDue(order: OrderRow, report: Body, late: LateAttempt): Answer {
  if (order.payment_id) return { outcome: 'refund_due', reason: 'The order is paid by another payment.' }
  if (!isWholePrice(order, report)) return { outcome: 'refund_due', reason: "The sum is not the order's total." }
  const reason = late === null ? 'The order was cancelled and its stock is gone.' : 'The order can no longer be paid.'
  return { outcome: 'refund_due', reason }
}

async function keepDecision({ database }: Deps, report: Body, answer: Answer, transaction: Transaction) {
  await queryRows(
    database,
    'INSERT INTO order_payments (payment_id, order_id, outcome, reason) VALUES ($1, $2, $3, $4)',
    [report.paymentId, report.orderId, answer.outcome, answer.reason],
    transaction,
  )
}

const commitKey = (orderId: string) => `commit-stock:${orderId}`

function commitJob({ id, attempt }: OrderRow) {
  return { task: 'commit-stock', payload: { orderId: id, attempt }, key: commitKey(id) }
}
