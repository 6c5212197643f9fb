import { type paymentContract as contract, type InputOf, orderContract } from '@duka/contracts'
import { currentRequestId, enqueueBackstop, Problem, queryRow, queryRows, tryNow, type User } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { findPayment, lockPayment } from './find-payment'
import { type PaymentRow, toPayment } from './payment'
import { requireCash } from './require-cash'
import { openReview } from './settle-payment'
import { countEnded } from './watch-payments'

type Body = InputOf<typeof contract.refuseCash>['body']

const batch = 50
const patienceSeconds = 15
const refusedCode = 'refused_at_door'

/** Nobody took the goods, or paid for them. The order is cancelled and its stock is back. */
export async function refuseCash(deps: Deps, user: User, id: string, { reason }: Body) {
  await deps.database.transaction(async (transaction) => {
    const payment = requireCash(await lockPayment(deps, id, transaction))
    if (payment.failure_code !== refusedCode) await refuse(deps, payment, user, reason, transaction)
  })
  await tryReportRefusal(deps, id)
  return { payment: toPayment(await findPayment(deps, id)) }
}

async function refuse({ database }: Deps, payment: PaymentRow, user: User, reason: string, transaction: Transaction) {
  if (payment.status !== 'pending') {
    const detail = `This payment is ${payment.status}; it cannot be refused at the door any more.`
    throw new Problem(409, 'not_refusable', detail)
  }
  await queryRows(
    database,
    `UPDATE payments SET status = 'failed', failure_code = $2, failure_message = $3, updated_at = now() WHERE id = $1`,
    [payment.id, refusedCode, `Refused at the door: ${reason}`],
    transaction,
  )
  countEnded([payment], 'failed', refusedCode, transaction)
  await queryRows(
    database,
    `INSERT INTO cash_outcomes (payment_id, kind, order_id, reason, actor_id, actor_role, request_id)
     VALUES ($1, 'refused', $2, $3, $4, $5, $6)`,
    [payment.id, payment.order_id, reason, user.id, user.role, currentRequestId() ?? null],
    transaction,
  )
  await enqueueBackstop(database, transaction, reportRefusal.job(payment.id))
}

interface Refusal {
  order_id: string
  reason: string
  actor_id: string | null
  actor_role: string
}

/** Tells the order that it was refused. Where the order cannot be cancelled for that, a person looks at it. */
export async function reportRefusal(deps: Deps, paymentId: string): Promise<void> {
  const sql = `SELECT * FROM cash_outcomes WHERE payment_id = $1 AND kind = 'refused' AND told_at IS NULL`
  const refusal = await queryRow<Refusal>(deps.database, sql, [paymentId])
  if (!refusal) return
  const { outcome, reason } = await deps.order.call(orderContract.refuseCash, {
    params: { id: refusal.order_id },
    body: { paymentId, reason: refusal.reason, actor: { id: refusal.actor_id, role: refusal.actor_role } },
  })
  await deps.database.transaction(async (transaction) => {
    const told = `UPDATE cash_outcomes SET told_at = now() WHERE payment_id = $1 AND kind = 'refused'`
    await queryRows(deps.database, told, [paymentId], transaction)
    if (outcome === 'cancelled') return
    const detail = `It was refused at the door, but its order stands. ${reason ?? ''}`
    await openReview(deps, { kind: 'refusal_conflict', paymentId, eventId: null, detail }, transaction)
  })
  deps.log.info('cash_refusal_reported', { paymentId, orderId: refusal.order_id, outcome, reason })
}

reportRefusal.key = (paymentId: string) => `report-refusal:${paymentId}`

reportRefusal.job = (paymentId: string) => ({
  task: 'report-refusal',
  payload: { paymentId },
  key: reportRefusal.key(paymentId),
})

function tryReportRefusal(deps: Deps, id: string): Promise<boolean> {
  return tryNow(deps.database, reportRefusal.key(id), deps.log, () => reportRefusal(deps, id))
}

/** Finds refusals that the order has not heard of, in case their job is lost. */
export async function reportUntoldRefusals(deps: Deps): Promise<void> {
  const rows = await queryRows<{ payment_id: string }>(
    deps.database,
    `SELECT payment_id FROM cash_outcomes WHERE kind = 'refused' AND told_at IS NULL
       AND created_at < now() - make_interval(secs => ${patienceSeconds}) ORDER BY created_at LIMIT ${batch}`,
  )
  for (const { payment_id } of rows) await tryReportRefusal(deps, payment_id)
}
