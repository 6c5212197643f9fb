import { type paymentContract as contract, type InputOf, toMajor, toMinor } from '@duka/contracts'
import { type Claim, Problem, queryRow, queryRows, type User } from '@duka/kit'
import type { Transaction } from 'sequelize'
import { advanceRefund } from './advance-refunds'
import { bookByHand } from './book-by-hand'
import type { Deps } from './deps'
import { findPayment, lockPayment } from './find-payment'
import { leftOf, type PaymentRow, toPayment } from './payment'
import { type Actor, type RefundRow, toRefund } from './refund'
import { notSetUp, type RefundProvider, refundProviderOf } from './refund-provider'
import { tryReportRefund } from './report-refund'
import { requestRefund } from './request-refund'

type Body = InputOf<typeof contract.refundPayment>['body']

/** Asks for a refund. The answer says that it is on its way; what became of it is seen on the payment. */
export async function refundPayment(deps: Deps, user: User, id: string, body: Body, claim: Claim | null) {
  const refund = claim?.resourceId
    ? await findRefund(deps, claim.resourceId)
    : await writeRefund(deps, user, id, body, claim)
  if (body.alreadyGivenBack) void tryReportRefund(deps, id)
  else void advanceRefund(deps, refund.id)
  return { payment: toPayment(await findPayment(deps, id)), refund: toRefund(refund) }
}

async function findRefund({ database }: Deps, id: string): Promise<RefundRow> {
  return (await queryRow<RefundRow>(database, 'SELECT * FROM refunds WHERE id = $1', [id]))!
}

function writeRefund(deps: Deps, user: User, id: string, body: Body, claim: Claim | null) {
  const { amount, reason, alreadyGivenBack } = body
  return deps.database.transaction(async (transaction) => {
    const payment = await lockPayment(deps, id, transaction)
    requireRefundable(deps, payment, body)
    const wanted = amount === undefined ? null : toMinor(amount)
    const actor = { id: user.id, role: user.role }
    const write = alreadyGivenBack ? bookByHand : requestRefund
    const refund = await write(deps, { paymentId: id, amount: wanted, reason, actor }, transaction)
    if (!refund) throw tooMuch(payment)
    await claim?.attach(refund.id, transaction)
    return refund
  })
}

function requireRefundable(deps: Deps, payment: PaymentRow, { amount, alreadyGivenBack }: Body): void {
  if (payment.status === 'pending' || payment.status === 'failed') {
    throw new Problem(409, 'not_refundable', `This payment is ${payment.status}; there is nothing to give back.`)
  }
  const left = leftOf(payment)
  const wanted = amount === undefined ? left : toMinor(amount)
  if (alreadyGivenBack) requireByHand(payment)
  else if (left > 0) requireProvider(deps, payment).requireAmount?.(wanted, payment)
  if (left === 0 || wanted > left) throw tooMuch(payment)
}

function requireProvider(deps: Deps, { provider }: PaymentRow): RefundProvider {
  const means = refundProviderOf(deps, provider)
  if (!means) throw new Problem(503, 'provider_unavailable', notSetUp(provider))
  return means
}

/** Counted by hand too, it would count twice. */
function requireByHand({ provider }: PaymentRow): void {
  if (provider !== 'stripe') return
  const detail = "What is given back in Stripe's dashboard is told by Stripe, and in the books by itself."
  throw new Problem(422, 'told_by_provider', detail)
}

function tooMuch(payment: PaymentRow): Problem {
  const refundable = toMajor(leftOf(payment))
  const detail = `Of this payment ${payment.currency} ${refundable} can still be given back; the rest went or is on its way.`
  return new Problem(422, 'refund_too_large', detail, { extra: { refundable } })
}

interface OrderRefund {
  orderId: string
  reason: string
  actor: Actor
}

/** Gives back whatever came for an order and neither went back nor is on its way. */
export async function refundOrder(deps: Deps, { orderId, reason, actor }: OrderRefund) {
  const [refunds, isUnderWay] = await deps.database.transaction(async (transaction) => {
    const payments = await lockCompleted(deps, orderId, transaction)
    const made: RefundRow[] = []
    for (const { id } of payments) {
      const refund = await requestRefund(deps, { paymentId: id, amount: null, reason, actor }, transaction)
      if (refund) made.push(refund)
    }
    return [made, payments.some(({ refunding_amount }) => toMinor(refunding_amount) > 0)] as const
  })
  for (const { id } of refunds) void advanceRefund(deps, id)
  return { outcome: refunds.length > 0 || isUnderWay ? ('refunding' as const) : ('nothing_to_refund' as const) }
}

/** In order of their ids, so that two of these cannot wait for each other. */
function lockCompleted({ database }: Deps, orderId: string, transaction: Transaction): Promise<PaymentRow[]> {
  const sql = `SELECT * FROM payments WHERE order_id = $1 AND status IN ('completed', 'partially_refunded')
    ORDER BY id FOR UPDATE`
  return queryRows<PaymentRow>(database, sql, [orderId], transaction)
}
