import type { orderContract as contract } from '@duka/contracts'
import { describeTrouble, findJobs, findTroubles, queryRows, type WaitingJob } from '@duka/kit'
import { askMovements, askPaymentEvents } from './ask-others'
import { closePayments } from './close-payments'
import { collectCash } from './collect-cash'
import { commitStock } from './commit-stock'
import type { Deps } from './deps'
import { emptyCart } from './empty-cart'
import { expireOrder } from './expire-orders'
import { asStanding, findWholeOrder } from './find-order'
import { type OrderRow, toAdminOrder } from './order'
import { findHistory } from './read-history'
import { refundOrder } from './refund-order'
import { releaseStock } from './release-stock'
import { aboutDecision, aboutMove, aboutStock, aboutWriting, type DecisionRow } from './timeline-events'

/** Every hop of an order: its own, and what product and payment know of it. */
export async function readTimeline(deps: Deps, id: string) {
  const order = asStanding(await findWholeOrder(deps, id))
  const keys = jobKeysOf(order)
  const [history, decisions, jobs, troubles, stock, money] = await Promise.all([
    findHistory(deps, id),
    findDecisions(deps, id),
    findJobs(deps.database, order.status === 'pending' ? [...keys, expireOrder.key(id)] : keys),
    findTroubles(deps.database, [...keys, expireOrder.key(id)]),
    askMovements(deps, id),
    askPaymentEvents(deps, id),
  ])
  const events: contract.TimelineEvent[] = [
    aboutWriting(order),
    ...history.map(aboutMove),
    ...decisions.map(aboutDecision),
    ...troubles.flatMap(describeTrouble).map((event) => ({ ...event, source: 'order' as const })),
    ...aboutStock(stock?.movements ?? []),
    ...(money?.events ?? []).map((event) => ({ ...event, source: 'payment' as const })),
  ]
  return {
    order: toAdminOrder(order),
    events: events.sort((a, b) => Date.parse(a.at) - Date.parse(b.at)),
    jobs: jobs.map(toJob),
    missing: [...(stock ? [] : ['product' as const]), ...(money ? [] : ['payment' as const])],
  }
}

function findDecisions({ database }: Deps, orderId: string): Promise<DecisionRow[]> {
  return queryRows<DecisionRow>(
    database,
    `SELECT payment_id, outcome, reason, created_at FROM order_payments
     WHERE order_id = $1 AND outcome IS NOT NULL ORDER BY created_at`,
    [orderId],
  )
}

/** Whatever order may have to do for an order. The job that expires it is of interest only until it stands. */
function jobKeysOf(order: OrderRow): string[] {
  const { id, attempt } = order
  const attempts = Array.from({ length: attempt }, (_value, index) => ({ ...order, attempt: index + 1 }))
  return [
    emptyCart.key(id),
    commitStock.key(order),
    refundOrder.key(id),
    collectCash.key(id),
    closePayments.key(id),
    ...attempts.map(releaseStock.key),
  ]
}

function toJob({ task, runAt, tries, lastError, gaveUp }: WaitingJob): contract.WaitingJob {
  return { task, nextTryAt: gaveUp ? null : runAt.toISOString(), tries, lastError, gaveUp }
}
