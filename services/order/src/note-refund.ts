import { type Minor, toDecimal, toMinor } from '@duka/contracts'
import { enqueueBackstop, tryNow } from '@duka/kit'
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
    await keepRefund(deps, report, refunded, transaction)
    return order.payment_id === report.paymentId ? applyRefund(deps, order, refunded, transaction) : undefined
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
  // Reports may overtake each other, and the sum only grows.
  if (refunded <= toMinor(order.refunded_amount)) return undefined
  const isWhole = refunded === toMinor(order.total_amount)
  const to = isWhole && sourcesOf('refunded').includes(order.status) ? 'refunded' : order.status
  const reason = isWhole ? 'All of the money was paid back.' : partlyBack(order, refunded)
  const payment_status = isWhole ? 'refunded' : 'partially_refunded'
  const set = { payment_status, refunded_amount: toDecimal(refunded) } as const
  const moved = await moveOrder(
    deps,
    order.id,
    { to, from: [order.status], actor: byPayment, reason, set },
    transaction,
  )
  if (to !== 'refunded' || !stillHere.includes(order.status)) return undefined
  await enqueueBackstop(deps.database, transaction, releaseStock.job(moved!))
  return moved
}

function partlyBack({ currency, total_amount }: OrderRow, refunded: Minor): string {
  return `${currency} ${toDecimal(refunded)} of ${total_amount} paid back so far.`
}
