import { toMinor } from '@duka/contracts'
import { counter, histogram } from '@duka/kit'
import type { Transaction } from 'sequelize'
import { isKnownCode, paidCode } from './mpesa/result-codes'
import type { PaymentRow } from './payment'

type Provider = PaymentRow['provider']

const attempts = counter({
  name: 'payment_attempts_total',
  help: 'Tries to pay that were begun.',
  labels: ['provider'],
})
const ends = counter({
  name: 'payments_ended_total',
  help: "What tries came to, with the provider's result code or ours. What is unknown may still be completed or fail.",
  labels: ['provider', 'outcome', 'code'],
})
const settling = histogram({
  name: 'payment_settle_duration_seconds',
  help: 'From the beginning of a try until its money was known to have come.',
  labels: ['provider'],
  bounds: [1, 2.5, 5, 10, 20, 30, 60, 120, 300, 3_600, 86_400],
})
const amounts = counter({
  name: 'payment_amount_minor_units_total',
  help: 'Money that came, in hundredths of the currency.',
  labels: ['provider', 'currency'],
})
const refundEnds = counter({
  name: 'refunds_ended_total',
  help: 'Refunds that arrived (succeeded) or did not (failed).',
  labels: ['provider', 'outcome'],
})
const events = counter({
  name: 'webhooks_total',
  help: 'What became of what providers sent: refused, duplicate or kept as it came; applied, ignored, review, unmatched or unreadable later.',
  labels: ['provider', 'outcome'],
})

/** From zero on, so that the first of them is a rise. */
for (const provider of ['mpesa', 'stripe'] as const) {
  for (const outcome of ['applied', 'duplicate', 'unmatched', 'refused', 'kept']) events.with(provider, outcome)
  for (const outcome of ['succeeded', 'failed']) refundEnds.with(provider, outcome)
}
for (const provider of ['mpesa', 'stripe', 'cash_on_delivery'] as const) attempts.with(provider)

/** What ends a try without its provider. */
const ownCodes = new Set(['order_closed', 'paid_otherwise', 'refused_at_door', 'order_not_payable', 'written_off'])

export function countAttempt(provider: Provider, transaction: Transaction): void {
  transaction.afterCommit(() => attempts.with(provider).inc())
}

export function countCompleted({ provider, amount, currency, created_at }: PaymentRow, transaction: Transaction): void {
  transaction.afterCommit(() => {
    ends.with(provider, 'completed', provider === 'mpesa' ? paidCode : 'other').inc()
    settling.with(provider).observe(Math.max(0, Date.now() - created_at.getTime()) / 1000)
    amounts.with(provider, currency).inc(toMinor(amount))
  })
}

/** Tries that failed or are unknown; at once where no transaction is given. */
export function countEnded(
  rows: readonly Pick<PaymentRow, 'provider'>[],
  outcome: 'failed' | 'cancelled' | 'unknown',
  code: string,
  transaction?: Transaction | null,
): void {
  const label = isKnownCode(code) || ownCodes.has(code) ? code : 'other'
  const count = () => {
    for (const { provider } of rows) ends.with(provider, outcome, label).inc()
  }
  if (transaction) transaction.afterCommit(count)
  else count()
}

export function countRefund(provider: Provider, outcome: 'succeeded' | 'failed', transaction: Transaction): void {
  transaction.afterCommit(() => refundEnds.with(provider, outcome).inc())
}

export type WebhookOutcome =
  | 'applied'
  | 'duplicate'
  | 'ignored'
  | 'kept'
  | 'refused'
  | 'review'
  | 'unmatched'
  | 'unreadable'

/** At once where no transaction is given. */
export function countWebhook(
  provider: 'mpesa' | 'stripe',
  outcome: WebhookOutcome,
  transaction?: Transaction | null,
): void {
  if (transaction) transaction.afterCommit(() => events.with(provider, outcome).inc())
  else events.with(provider, outcome).inc()
}
