import type { Minor } from '@duka/contracts'
import { readCallback } from './mpesa/read-callback'
import { paidCode } from './mpesa/result-codes'
import type { PaymentRow } from './payment'
import { fromStripeUnits } from './stripe/amounts'
import { readEventBody } from './stripe/read-object'

/** Money that a provider's event tells of. */
export interface Money {
  receipt: string
  amount: Minor
  currency: string
  phoneNumber: string | null
  /** The request that it answers: a card's intent, or a prompt's CheckoutRequestID. */
  reference: string
  /** Whether it is real money; null where the provider does not say. */
  isLive: boolean | null
}

/** A query told that this very request was paid, and tells no receipt: the money counts already. */
export function isCountedBy({ reference }: Money, payment: PaymentRow): boolean {
  const { external_reference, completed_at, transaction_id } = payment
  return external_reference === reference && completed_at !== null && transaction_id === null
}

interface Event {
  provider: string
  body: string
}

/** Reads the money that an event tells of; undefined where it tells of none, or not enough to know which. */
export function readMoney({ provider, body }: Event): Money | undefined {
  if (provider === 'mpesa') return readPhoneMoney(body)
  return provider === 'stripe' ? readCardMoney(body) : undefined
}

function readPhoneMoney(body: string): Money | undefined {
  const callback = readCallback(body)
  if (callback?.resultCode !== paidCode || !callback.receipt || !callback.amount) return undefined
  const { receipt, amount, phoneNumber, checkoutRequestId: reference } = callback
  return { receipt, amount, currency: 'KES', phoneNumber, reference, isLive: null }
}

function readCardMoney(body: string): Money | undefined {
  const intent = readEventBody(body)?.intent
  if (intent?.status !== 'succeeded' || intent.amountReceived <= 0) return undefined
  const { id: reference, chargeId, amountReceived, currency, isLive } = intent
  const amount = fromStripeUnits(amountReceived, currency)
  return { receipt: chargeId ?? reference, amount, currency, phoneNumber: null, reference, isLive }
}
