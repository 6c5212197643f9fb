import type { PaymentMethod } from './objects'

/** What a test card does. `refunds`: what becomes of money given back to it, where that differs from the switches. */
export type Card = {
  /** The PaymentMethod ids of Stripe's documentation. */
  ids: string[]
  number: string
  brand: string
  decline?: Decline
  authentication?: 'required'
  refunds?: 'pending' | 'fail'
  disputed?: boolean
  processing?: 'succeeds' | 'fails'
}
export type Decline = { code: string; declineCode?: string; message: string }

const generic = 'Your card was declined.'
const declined = (declineCode: string, message = generic): Decline => ({ code: 'card_declined', declineCode, message })
const visa = (number: string, ids: string[], rest: Partial<Card> = {}): Card => ({
  ids,
  number,
  brand: 'visa',
  ...rest,
})

export const genericDecline = declined('generic_decline')
export const authenticationFailure: Decline = {
  code: 'payment_intent_authentication_failure',
  message:
    'The provided PaymentMethod has failed authentication. You can provide a new PaymentMethod to attempt again.',
}

/** Stripe's own test cards. The last two are the simulator's: no card of Stripe's is slow to be charged. */
export const cards: readonly Card[] = [
  visa('4242424242424242', ['pm_card_visa']),
  { ids: ['pm_card_mastercard'], number: '5555555555554444', brand: 'mastercard' },
  visa('4000000000000077', ['pm_card_bypassPending']),
  visa('4000000000000002', ['pm_card_visa_chargeDeclined', 'pm_card_chargeDeclined'], { decline: genericDecline }),
  visa(
    '4000000000009995',
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'pm_card_chargeDeclinedInsufficientFunds'],
    {
      decline: declined('insufficient_funds', 'Your card has insufficient funds.'),
    },
  ),
  visa('4000000000009987', ['pm_card_visa_chargeDeclinedLostCard'], { decline: declined('lost_card') }),
  visa('4000000000009979', ['pm_card_visa_chargeDeclinedStolenCard'], { decline: declined('stolen_card') }),
  visa('4100000000000019', ['pm_card_chargeDeclinedFraudulent'], { decline: declined('fraudulent') }),
  visa('4000000000000069', ['pm_card_chargeDeclinedExpiredCard'], {
    decline: { code: 'expired_card', message: 'Your card has expired.' },
  }),
  visa('4000000000000127', ['pm_card_chargeDeclinedIncorrectCvc'], {
    decline: { code: 'incorrect_cvc', message: "Your card's security code is incorrect." },
  }),
  visa('4000000000000119', ['pm_card_chargeDeclinedProcessingError'], {
    decline: {
      code: 'processing_error',
      message: 'An error occurred while processing your card. Try again in a little bit.',
    },
  }),
  visa('4000002500003155', ['pm_card_authenticationRequired'], { authentication: 'required' }),
  visa('4000000000003220', ['pm_card_threeDSecure2Required'], { authentication: 'required' }),
  visa('4000008400001629', ['pm_card_authenticationRequiredChargeDeclined'], {
    authentication: 'required',
    decline: genericDecline,
  }),
  visa('4000000000000259', ['pm_card_createDispute'], { disputed: true }),
  visa('4000000000007726', ['pm_card_pendingRefund'], { refunds: 'pending' }),
  visa('4000000000005126', ['pm_card_refundFail'], { refunds: 'fail' }),
  visa('4000009990000010', ['pm_sim_processing'], { processing: 'succeeds' }),
  visa('4000009990000028', ['pm_sim_processingFails'], { processing: 'fails' }),
]

const byId = new Map(cards.flatMap((card) => card.ids.map((id) => [id, card] as const)))
const byNumber = new Map(cards.map((card) => [card.number, card]))

export const findCard = (id: string): Card | undefined => byId.get(id)
export const findCardByNumber = (number: string): Card | undefined => byNumber.get(number.replace(/[ -]/g, ''))
export const cardId = ({ ids }: Card): string => ids[0] ?? ''

export function toPaymentMethod(card: Card): PaymentMethod {
  const details = { brand: card.brand, last4: card.number.slice(-4), exp_month: 12, exp_year: 2034 }
  return {
    id: cardId(card),
    object: 'payment_method',
    type: 'card',
    card: { ...details, country: 'US', funding: 'credit' },
  }
}
