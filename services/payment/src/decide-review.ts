import type { paymentContract as contract, InputOf } from '@duka/contracts'
import { currentRequestId, notFound, Problem, queryRow, queryRows, tryNow, type User } from '@duka/kit'
import type { Transaction } from 'sequelize'
import { aboutRefunds, acceptRefund } from './accept-refund'
import { advanceRefund } from './advance-refunds'
import { bookWaitingRefunds } from './book-waiting-refunds'
import { bookCash } from './collect-cash'
import type { Deps } from './deps'
import { lockPayment } from './find-payment'
import { matchMoney } from './match-money'
import type { PaymentRow } from './payment'
import { readMoney } from './read-money'
import { lockRefund } from './refund'
import { notSetUp, refundProviderOf } from './refund-provider'
import { findEvent } from './replay-event'
import { reportPayment } from './report-payment'
import { tryReportRefund } from './report-refund'
import { requestRefund } from './request-refund'
import { findOrder } from './require-payable-order'
import { decisionsFor, type ReviewRow, type Subjects, withSubjects } from './review'
import { completePayment } from './settle-payment'
import { settleRefund } from './settle-refund'
import { countEnded } from './watch-payments'

type Body = InputOf<typeof contract.decideReview>['body']
type Order = Awaited<ReturnType<typeof findOrder>>

interface Decision extends Body {
  user: User
  /** The order that money is matched to. */
  order: Order | null
}

/** What has to be told or sent once the decision stands. */
interface Consequences {
  paymentId?: string
  refundId?: string
}

/** Does what a person decided, and keeps who decided it and why. The same decision again changes nothing. */
export async function decideReview(deps: Deps, user: User, id: string, body: Body) {
  const before = await findReview(deps, id)
  const order = body.decision === 'match' ? await findMatchedOrder(deps, before, body) : null
  const consequences = await deps.database.transaction((transaction) =>
    decide(deps, before, { ...body, user, order }, transaction),
  )
  deps.log.info('review_decided', { reviewId: id, kind: before.kind, decision: body.decision, userId: user.id })
  await follow(deps, consequences)
  const [review] = await withSubjects(deps.database, [await findReview(deps, id)])
  return { review: review! }
}

/** Throws a 404 Problem where there is none. */
export async function findReview({ database }: Deps, id: string): Promise<ReviewRow> {
  const review = await queryRow<ReviewRow>(database, 'SELECT * FROM payment_reviews WHERE id = $1', [id])
  if (!review) throw notFound('review')
  return review
}

async function findMatchedOrder(deps: Deps, { payment_id }: ReviewRow, { orderId }: Body): Promise<Order> {
  const own = payment_id ? `SELECT order_id FROM payments WHERE id = $1` : null
  const known = own ? await queryRow<{ order_id: string }>(deps.database, own, [payment_id]) : undefined
  const id = orderId ?? known?.order_id
  if (id) return findOrder(deps, id)
  throw new Problem(422, 'order_needed', 'Name the order that this money is for, as orderId.')
}

/** The payment is locked before the review, as everything does that ends reviews by itself. */
async function decide(deps: Deps, before: ReviewRow, decision: Decision, transaction: Transaction) {
  const payment = before.payment_id ? await lockPayment(deps, before.payment_id, transaction) : null
  const sql = 'SELECT * FROM payment_reviews WHERE id = $1 FOR UPDATE'
  const review = (await queryRow<ReviewRow>(deps.database, sql, [before.id], transaction))!
  if (review.resolved_at) return requireSame(deps, review, decision, transaction)
  const subjects = {
    payment,
    event: review.event_id ? await findEvent(deps, review.event_id) : null,
    refund: review.refund_id ? await lockRefund(deps, review.refund_id, transaction) : null,
  }
  const possible = decisionsFor(review, subjects)
  if (!possible.includes(decision.decision)) {
    const detail = `This cannot be decided as ${decision.decision} now. Possible: ${possible.join(', ')}.`
    throw new Problem(409, 'decision_not_possible', detail)
  }
  const consequences = await effects[decision.decision](deps, review, subjects, decision, transaction)
  await keepDecision(deps, review, decision, transaction)
  return consequences
}

async function requireSame(
  deps: Deps,
  { decision, actor_id, event_id }: ReviewRow,
  wanted: Decision,
  transaction: Transaction,
): Promise<Consequences> {
  const isSame = decision === wanted.decision && actor_id === wanted.user.id
  if (isSame && (!wanted.order || (await isMatchedTo(deps, wanted.order, event_id, transaction)))) return {}
  const where = isSame ? ', for another order' : ''
  throw new Problem(409, 'already_decided', `This was decided already: ${decision}${where}.`)
}

async function isMatchedTo({ database }: Deps, { id }: Order, eventId: string | null, transaction: Transaction) {
  const sql = `SELECT 1 FROM payments WHERE order_id = $1 AND metadata ->> 'matchedEvent' = $2`
  return (await queryRow(database, sql, [id, eventId], transaction)) !== undefined
}

/** With it ends what else is open about the same refund. */
async function keepDecision({ database }: Deps, review: ReviewRow, decision: Decision, transaction: Transaction) {
  await queryRows(
    database,
    `UPDATE payment_reviews SET resolved_at = now(), decision = $3, note = $4, actor_id = $5, actor_role = $6,
       request_id = $7 WHERE id = $1 OR (refund_id = $2 AND resolved_at IS NULL)`,
    [
      review.id,
      review.refund_id,
      decision.decision,
      decision.note,
      decision.user.id,
      decision.user.role,
      currentRequestId() ?? null,
    ],
    transaction,
  )
}

type Effect = (
  deps: Deps,
  review: ReviewRow,
  subjects: Subjects,
  decision: Decision,
  transaction: Transaction,
) => Promise<Consequences>

const effects: Record<Body['decision'], Effect> = {
  async match(deps, _review, { event }, { order }, transaction) {
    return { paymentId: await matchMoney(deps, event!, order!, transaction) }
  },
  async refund(deps, review, { payment }, { note, user }, transaction) {
    if (!refundProviderOf(deps, payment!.provider)) {
      throw new Problem(503, 'provider_unavailable', notSetUp(payment!.provider))
    }
    await endSilentRefund(deps, review, transaction)
    const asked = { paymentId: payment!.id, amount: null, reason: note, actor: { id: user.id, role: user.role } }
    const refund = await requestRefund(deps, asked, transaction)
    if (!refund) throw new Problem(409, 'nothing_left', 'All of this payment went back already, or is on its way.')
    return { refundId: refund.id }
  },
  async accept(deps, review, subjects, decision, transaction) {
    const { payment, event } = subjects
    if (payment?.provider === 'cash_on_delivery') {
      const { id, role } = decision.user
      await bookCash(deps, payment, { amount: payment.amount, collector: id }, { id, role }, transaction)
      return { paymentId: payment.id }
    }
    if (aboutRefunds.has(review.kind)) {
      await acceptRefund(deps, review, subjects, decision, transaction)
      return { paymentId: payment!.id }
    }
    const receipt = (event && readMoney(event)?.receipt) ?? null
    const isFree = receipt !== null && !(await isReceiptKnown(deps, receipt, transaction))
    await completePayment(deps, payment!, isFree ? receipt : null, transaction)
    await bookWaitingRefunds(deps, payment!.id, [], transaction)
    return { paymentId: payment!.id }
  },
  async write_off(deps, review, { payment }, { note }, transaction) {
    await endSilentRefund(deps, review, transaction)
    if (payment && review.kind === 'silent') await writeOff(deps, payment.id, note, transaction)
    return {}
  },
}

/** A person found that it never went out: what it reserved is free again. */
async function endSilentRefund(deps: Deps, { kind, refund_id, payment_id }: ReviewRow, transaction: Transaction) {
  if (kind !== 'refund_silent' || !refund_id || !payment_id) return
  const ended = { kind: 'failed', code: 'written_off', message: 'It never went out.' } as const
  await settleRefund(deps, { id: refund_id, payment_id }, ended, transaction)
}

async function writeOff({ database }: Deps, id: string, note: string, transaction: Transaction): Promise<void> {
  const sql = `UPDATE payments SET status = 'failed', failure_code = 'written_off', failure_message = $2,
    updated_at = now() WHERE id = $1 AND status = 'pending' RETURNING provider`
  const ended = await queryRows<PaymentRow>(database, sql, [id, note], transaction)
  countEnded(ended, 'failed', 'written_off', transaction)
}

export async function isReceiptKnown({ database }: Pick<Deps, 'database'>, receipt: string, transaction: Transaction) {
  const sql = `SELECT 1 FROM payments WHERE provider = 'mpesa' AND transaction_id = $1`
  return (await queryRow(database, sql, [receipt], transaction)) !== undefined
}

async function follow(deps: Deps, { paymentId, refundId }: Consequences): Promise<void> {
  if (paymentId) {
    await tryNow(deps.database, reportPayment.key(paymentId), deps.log, () => reportPayment(deps, paymentId))
    await tryReportRefund(deps, paymentId)
  }
  if (refundId) void advanceRefund(deps, refundId)
}
