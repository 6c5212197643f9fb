import type { Minor } from '@duka/contracts'
import type { Deps } from './deps'
import { mpesaRefunds } from './mpesa/refund-by-mpesa'
import type { PaymentRow } from './payment'
import type { RefundRow } from './refund'
import { stripeRefunds } from './stripe/refund-by-stripe'

/**
 * How far a refund is. `sent`: the provider has it, and it or the next check says what became of it. `waiting`: it
 * could not be sent, or nobody knows; the next check tries again, under another key where this one is spent. A refund ends
 * as `succeeded` or `failed`; with a failure may come what the provider gave back in its place.
 */
export type RefundStep =
  | { kind: 'sent'; reference: string | null }
  | { kind: 'waiting'; reason: string; isKeySpent?: boolean }
  | { kind: 'succeeded'; reference: string | null; receipt: string | null }
  | { kind: 'failed'; code: string; message: string; outside?: OutsideRefund[] }

/** A refund as its provider tells of it, whoever asked for it. */
export interface OutsideRefund {
  /** The provider's name for it. */
  reference: string
  /** Our own id, where the shop asked for it. */
  refundId: string | null
  amount: Minor
  currency: string
  /** Never `waiting`: the provider has it. */
  step: RefundStep
}

/** A provider's way to give money back. */
export interface RefundProvider {
  /** A person hands the money over, so the shop cannot start it by itself. */
  isByHand?: boolean
  /** Throws a Problem where this provider cannot give back such an amount, in minor units. */
  requireAmount?(amount: number, payment: PaymentRow): void
  /**
   * Takes a refund a step further: sends it, or asks about one that was sent. Called again and again until the refund
   * has ended, also after a crash in the middle, so repeating it must not give money back twice.
   */
  advance(refund: RefundRow, payment: PaymentRow): Promise<RefundStep>
}

/** Cash goes back by hand: who asks for the refund hands it over. */
const cashRefunds: RefundProvider = {
  isByHand: true,
  advance: async () => ({ kind: 'succeeded', reference: null, receipt: null }),
}

/** null where the shop has no means to give money back by this provider. */
export function refundProviderOf(deps: Deps, provider: PaymentRow['provider']): RefundProvider | null {
  if (provider === 'cash_on_delivery') return cashRefunds
  if (provider === 'mpesa') return mpesaRefunds(deps)
  return stripeRefunds(deps)
}

export const notSetUp = (provider: PaymentRow['provider']) =>
  `This shop has no means to give money back by ${provider === 'mpesa' ? 'M-Pesa' : 'Stripe'}. Do it by hand.`
