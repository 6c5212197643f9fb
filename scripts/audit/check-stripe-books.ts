import { coverOfStray } from './cover-stray'
import { coverOfGivenBack, coverOfTry } from './covers'
import type { Complaint, Invariant } from './finding'
import { readLedger } from './read-ledger'
import { type AuditedPayment, namePayment, readAllPayments } from './read-payments'

interface Entry {
  kind: 'charge' | 'refund' | 'refund_failed' | 'dispute' | 'reinstatement'
  amount: number
  currency: string
  paymentIntent: string
  /** How many of its units are one whole, by the ledger's own table. */
  unitsPerWhole?: number
  metadata?: Record<string, string>
}

interface Taken {
  intent: string
  currency: string
  charged: number
  refunded: number
  /** It bears the id of a payment of this shop. */
  isOurs: boolean
}

export const checkStripeBooks: Invariant = {
  name: 'stripe-books',
  rule: 'What Stripe took and gave back is what our payments have, intent by intent.',
  async *check({ payment, stripe }, count) {
    if (!stripe) return
    const { entries, dropped } = await readLedger<Entry, Record<string, unknown>>(stripe)
    count(entries.length)
    const isWhole = Object.keys(dropped).length === 0
    const taken = addUp(entries)
    for await (const payments of readAllPayments(payment)) {
      for (const each of payments.filter(({ provider }) => provider === 'stripe')) {
        const intent = each.externalReference ?? each.transactionId ?? ''
        yield* compare(each, taken.get(intent), isWhole)
        taken.delete(intent)
      }
    }
    for (const { intent, charged, refunded, isOurs } of taken.values()) {
      if (charged === refunded) continue
      const cover = await coverOfStray(payment, { provider: 'stripe', name: intent, isOurs })
      yield { about: `Stripe intent ${intent}`, what: `took ${charged} cents that no payment has`, cover }
    }
  },
}

/** A dispute is between the customer, the bank and a person of the shop, and changes no payment by itself. */
function addUp(entries: Entry[]): Map<string, Taken> {
  const taken = new Map<string, Taken>()
  for (const entry of entries) {
    const { kind, amount: units, unitsPerWhole = 100, currency, paymentIntent: intent, metadata } = entry
    const amount = (units * 100) / unitsPerWhole
    const isOurs = metadata?.paymentId !== undefined
    const sums = taken.get(intent) ?? { intent, currency, charged: 0, refunded: 0, isOurs }
    if (kind === 'charge') sums.charged += amount
    if (kind === 'refund') sums.refunded += amount
    if (kind === 'refund_failed') sums.refunded -= amount
    taken.set(intent, sums)
  }
  return taken
}

function* compare(payment: AuditedPayment, taken: Taken | undefined, isWhole: boolean): Generator<Complaint> {
  const subject = { about: namePayment(payment), orderId: payment.orderId }
  if (!taken?.charged) {
    if (payment.isCompleted && isWhole) yield { ...subject, what: 'counts as completed, and Stripe took no such money' }
    return
  }
  const { charged, refunded, currency } = taken
  // What came for nothing and went back owes nobody anything.
  if (!payment.isCompleted && charged === refunded) return
  if (charged !== payment.amount || currency.toUpperCase() !== payment.currency) {
    const ours = `${payment.currency} ${payment.amount}`
    yield { ...subject, what: `is of ${ours} (in cents), and Stripe took ${currency} ${charged}` }
  }
  if (!payment.isCompleted) {
    yield { ...subject, what: `is ${payment.status}, and Stripe took the money`, cover: coverOfTry(payment) }
  }
  if (refunded !== payment.refunded) {
    const what = `gave back ${payment.refunded} cents by our books, and ${refunded} by Stripe's`
    yield { ...subject, what, cover: coverOfGivenBack(payment, refunded) }
  }
}
