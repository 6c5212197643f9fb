import { type AuditedPayment, isOnItsWay } from './read-payments'

/**
 * What ends an exception by itself or by a person. Each kind of difference has a cover of its own: a person decides what is
 * to be done, and never what a provider's books say.
 */

const waitsFor = ({ jobs, waitingCallbacks }: AuditedPayment): string | undefined => {
  if (jobs.length > 0) return `job ${jobs.join(', ')}`
  return waitingCallbacks > 0 ? 'a callback that waits to be applied' : undefined
}

const reviews = (kinds: readonly string[]) => (kinds.length > 0 ? `review ${kinds.join(', ')}` : undefined)

/** Of a try whose end nobody knows, or that a person has yet to look at. Once it is decided, it has an end. */
export function coverOfTry(payment: AuditedPayment): string | undefined {
  if (payment.isCompleted) return waitsFor(payment)
  return waitsFor(payment) ?? reviews(payment.openReviews) ?? questionOf(payment)
}

/** Safaricom is asked about a CheckoutRequestID, which comes with the answer to the request. */
function questionOf({ nextCheckAt, provider, externalReference }: AuditedPayment): string | undefined {
  if (!nextCheckAt) return undefined
  const isNameless = provider === 'mpesa' && !externalReference
  return isNameless ? 'a late callback, or a person after two days' : 'the provider is asked again'
}

/** Of cash that nobody waits for at the door: somebody looks for it, or knows that it never came. */
export function coverOfCash(payment: AuditedPayment): string | undefined {
  const open = reviews(payment.openReviews.filter((kind) => kind === 'cash_missing' || kind === 'refusal_conflict'))
  return waitsFor(payment) ?? open ?? (payment.isCashLost ? 'decided by a person: write_off' : undefined)
}

/** Reviews about money that is to go back. */
const aboutDebts = ['refund_due', 'refund_failed', 'refund_silent', 'refunded_elsewhere', 'disputed']

/**
 * Of money that is neither its order's nor back. Written off it is still the customer's, unless the bank took it: what was
 * given back in another way is accepted, and then it is in the books.
 */
export function coverOfDebt(payment: AuditedPayment): string | undefined {
  const { refunds, openReviews, amount, refunded, lostToBank } = payment
  const onItsWay = refunds.some(isOnItsWay) ? 'a refund on its way' : undefined
  const open = reviews(openReviews.filter((kind) => aboutDebts.includes(kind)))
  const lost = lostToBank >= amount - refunded ? "lost to the customer's bank" : undefined
  return waitsFor(payment) ?? onItsWay ?? open ?? lost
}

/**
 * Of a payment of which its provider gave back another sum than our books say. More is covered by what is on its way, and
 * by what a person sees as gone twice; less by what a person gave back by hand. Nothing covers more than its own amount.
 */
export function coverOfGivenBack({ refunds, refunded }: AuditedPayment, givenBack: number): string | undefined {
  const sumOf = (chosen: AuditedPayment['refunds']) => chosen.reduce((sum, { amount }) => sum + amount, 0)
  const onItsWay = sumOf(refunds.filter(isOnItsWay))
  const twice = sumOf(refunds.filter(({ isTwice }) => isTwice))
  const byHand = sumOf(refunds.filter(({ isByHand }) => isByHand))
  if (givenBack < refunded) return refunded - givenBack <= byHand ? 'given back by hand' : undefined
  if (givenBack - refunded <= onItsWay) return 'a refund on its way'
  return givenBack - refunded <= onItsWay + twice ? 'seen by a person: refunded_twice' : undefined
}
