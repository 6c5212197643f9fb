import { type Card, findCard, findCardByNumber } from './cards'
import { confirmIntent } from './confirm-intent'
import { formatAmount, minimumAmount, whyNoAmount } from './currencies'
import { makeToken } from './ids'
import type { PaymentIntent } from './objects'
import type { Params } from './params'
import { type Draft, emit, makeId, plan, put, type Simulator, seconds } from './simulator'
import { invalid, noSuch } from './stripe-error'
import { updateMetadata } from './update-metadata'

/** A new intent, confirmed at once where that is asked for. */
export function createIntent(draft: Draft, given: Params<'createIntent'>): PaymentIntent {
  checkAmount(draft.sim, given.amount, given.currency)
  const card = readCard(given)
  if (given.confirm && !card) {
    const message = 'You cannot confirm with `confirm=true` when creating a PaymentIntent without a payment method.'
    throw invalid(message, { code: 'parameter_missing', param: 'payment_method' })
  }
  const intent = put(draft, toIntent(draft, given, card))
  emit(draft, 'payment_intent.created', intent)
  if (card && given.confirm) return confirmIntent(draft, intent, card, given.return_url)
  const steps = nextSteps(draft.sim)
  if (steps.length > 0) plan(draft, intent.id, steps, draft.sim.switches.auto.delayMs)
  return intent
}

export function checkAmount({ switches }: Simulator, amount: number, currency: string): void {
  const wrong = whyNoAmount(amount, currency)
  if (wrong) throw invalid(wrong, { param: 'amount' })
  const minimum = switches.rules.minimumAmount ? minimumAmount(currency) : 1
  if (amount >= minimum) return
  const message = `Amount must convert to at least 50 US cents; the least for this currency is ${formatAmount(minimum, currency)}.`
  throw invalid(message, { code: 'amount_too_small', param: 'amount' })
}

/** The card that a request names by id, or by number as a browser does. */
export function readCard(
  given: Pick<Params<'createIntent'>, 'payment_method' | 'payment_method_data'>,
): Card | undefined {
  if (given.payment_method_data) {
    const card = findCardByNumber(given.payment_method_data.card.number)
    if (card) return card
    const param = 'payment_method_data[card][number]'
    throw invalid('Your card number is incorrect: the simulator knows only the test cards.', {
      code: 'incorrect_number',
      param,
    })
  }
  if (given.payment_method === undefined) return undefined
  const card = findCard(given.payment_method)
  if (!card) throw noSuch('PaymentMethod', given.payment_method, 'payment_method')
  return card
}

function nextSteps({ scripts, switches }: Simulator): string[] {
  return scripts.shift() ?? (switches.auto.answer === 'pay' ? ['pm_card_visa'] : [])
}

function toIntent(draft: Draft, given: Params<'createIntent'>, card: Card | undefined): PaymentIntent {
  const id = makeId(draft, 'pi')
  const { secretKey } = draft.sim.account
  return {
    id,
    object: 'payment_intent',
    amount: given.amount,
    amount_capturable: 0,
    amount_received: 0,
    automatic_payment_methods: given.automatic_payment_methods ?? null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: given.capture_method,
    client_secret: `${id}_secret_${makeToken(25, secretKey, id)}`,
    confirmation_method: given.confirmation_method,
    created: seconds(draft),
    currency: given.currency,
    customer: null,
    description: given.description ?? null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    metadata: updateMetadata({}, given.metadata),
    next_action: null,
    payment_method: card?.ids[0] ?? null,
    payment_method_types: given.payment_method_types ?? ['card'],
    receipt_email: given.receipt_email ?? null,
    statement_descriptor: given.statement_descriptor ?? null,
    statement_descriptor_suffix: given.statement_descriptor_suffix ?? null,
    status: card ? 'requires_confirmation' : 'requires_payment_method',
  }
}
