import { findCard } from './cards'
import { formatAmount, whyNoAmount } from './currencies'
import type { Charge, Refund } from './objects'
import type { Params } from './params'
import { type Draft, emit, find, makeId, moveMoney, plan, put, type Simulator, seconds } from './simulator'
import { invalid, noSuch, notNow, StripeError } from './stripe-error'
import { updateMetadata } from './update-metadata'

/** Gives money back: at once, or later, or only until it comes back, as the card and the switches have it. */
export function createRefund(draft: Draft, given: Params<'createRefund'>): Refund {
  const charge = findCharge(draft.sim, given)
  const amount = checkRefundable(draft.sim, charge, given.amount)
  const course = findCard(charge.payment_method)?.refunds ?? draft.sim.switches.refunds.answer
  const refund = put(draft, {
    id: makeId(draft, 're'),
    object: 'refund' as const,
    amount,
    charge: charge.id,
    created: seconds(draft),
    currency: charge.currency,
    metadata: updateMetadata({}, given.metadata),
    payment_intent: charge.payment_intent,
    reason: given.reason ?? null,
    status: course === 'pending' ? ('pending' as const) : ('succeeded' as const),
  })
  emit(draft, 'refund.created', refund)
  const refunded = setRefunded(draft, charge, charge.amount_refunded + amount)
  emit(draft, 'charge.refunded', refunded, { amount_refunded: charge.amount_refunded, refunded: charge.refunded })
  if (refund.status === 'succeeded') moveMoney(draft, 'refund', refund.id, amount, charge)
  if (course === 'pending') plan(draft, refund.id, ['succeed'], draft.sim.switches.refunds.settleMs)
  if (course === 'fail') plan(draft, refund.id, ['fail'], draft.sim.switches.refunds.settleMs)
  return refund
}

/** A pending refund has arrived. */
export function succeedRefund(draft: Draft, refund: Refund, charge: Charge): Refund {
  plan(draft, refund.id, [], 0)
  const arrived = put(draft, { ...refund, status: 'succeeded' as const })
  tell(draft, 'refund.updated', arrived, refund)
  moveMoney(draft, 'refund', refund.id, refund.amount, charge)
  return arrived
}

/** The bank sent it back, also after it had succeeded: the charge counts as less refunded again. */
export function failRefund(draft: Draft, refund: Refund, charge: Charge): Refund {
  plan(draft, refund.id, [], 0)
  const failed = put(draft, { ...refund, status: 'failed' as const, failure_reason: 'expired_or_canceled_card' })
  setRefunded(draft, charge, charge.amount_refunded - refund.amount)
  tell(draft, 'refund.updated', failed, refund)
  emit(draft, 'refund.failed', failed)
  if (refund.status === 'succeeded') moveMoney(draft, 'refund_failed', `${refund.id}:failed`, refund.amount, charge)
  return failed
}

function findCharge(sim: Simulator, given: Params<'createRefund'>): Charge {
  const { charge: chargeId, payment_intent: intentId } = given
  if (chargeId !== undefined) {
    const charge = find(sim, 'charge', chargeId)
    if (!charge) throw noSuch('charge', chargeId, 'charge')
    return charge
  }
  if (intentId === undefined) {
    throw invalid('One of the following params should be provided for this request: payment_intent or charge.', {
      code: 'parameter_missing',
      param: 'payment_intent',
    })
  }
  const intent = find(sim, 'payment_intent', intentId)
  if (!intent) throw noSuch('payment_intent', intentId, 'payment_intent')
  const charge = find(sim, 'charge', intent.latest_charge ?? '')
  if (charge?.captured) return charge
  throw notNow(
    'payment_intent_unexpected_state',
    `This PaymentIntent (${intentId}) does not have a successful charge to refund.`,
  )
}

function checkRefundable(sim: Simulator, charge: Charge, wanted: number | undefined): number {
  const left = charge.amount_captured - charge.amount_refunded
  const wrong = whyNoAmount(wanted ?? left, charge.currency)
  if (wrong) throw invalid(wrong, { param: 'amount' })
  if (!charge.captured) throw notNow('charge_not_refundable', `Charge ${charge.id} has not been captured.`)
  if (isContested(sim, charge))
    throw notNow('charge_disputed', `Charge ${charge.id} has been charged back; cannot issue a refund.`)
  if (left === 0) throw notNow('charge_already_refunded', `Charge ${charge.id} has already been refunded.`)
  if (wanted === undefined || wanted <= left) return wanted ?? left
  const format = (amount: number) => formatAmount(amount, charge.currency)
  const message = `Refund amount (${format(wanted)}) is greater than unrefunded amount on charge (${format(left)})`
  throw new StripeError(400, { type: 'invalid_request_error', message, param: 'amount' }, { executed: true })
}

const isContested = (sim: Simulator, charge: Charge) =>
  charge.disputed &&
  [...sim.state.tables.dispute.values()].some((dispute) => dispute.charge === charge.id && dispute.status !== 'won')

function setRefunded(draft: Draft, charge: Charge, amount: number): Charge {
  return put(draft, { ...charge, amount_refunded: amount, refunded: amount === charge.amount_captured })
}

/** Stripe tells of a change of a charge's refund by two events. */
function tell(draft: Draft, type: string, refund: Refund, before: Refund) {
  emit(draft, type, refund, { status: before.status })
  emit(draft, 'charge.refund.updated', refund, { status: before.status })
}
