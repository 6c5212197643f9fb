import { authenticationFailure, type Card, type Decline, genericDecline, toPaymentMethod } from './cards'
import { chargeCard, declineCard } from './charge-card'
import type { NextAction, PaymentError, PaymentIntent } from './objects'
import { type Draft, emit, plan, put } from './simulator'
import { docUrl, notNow, StripeError } from './stripe-error'

const confirmable = ['requires_payment_method', 'requires_confirmation', 'requires_action']

/**
 * One try to pay. A decline throws, after it has been written into the draft: the intent is open again and can be paid by
 * the next try.
 */
export function confirmIntent(draft: Draft, intent: PaymentIntent, card: Card, returnUrl?: string): PaymentIntent {
  if (!confirmable.includes(intent.status)) {
    const message = `You cannot confirm this PaymentIntent because it has a status of ${intent.status}.`
    throw notNow('payment_intent_unexpected_state', message, { payment_intent: intent })
  }
  plan(draft, intent.id, [], 0)
  const trying: PaymentIntent = {
    ...intent,
    payment_method: toPaymentMethod(card).id,
    last_payment_error: null,
    next_action: null,
  }
  if (card.authentication === 'required') return askToAuthenticate(draft, trying, returnUrl)
  if (card.processing) return beginProcessing(draft, trying, card)
  return attempt(draft, trying, card)
}

/** What the bank's page found out about the customer. */
export function authenticate(draft: Draft, intent: PaymentIntent, card: Card, proven: boolean): PaymentIntent {
  plan(draft, intent.id, [], 0)
  if (!proven) return fail(draft, intent, card, authenticationFailure)
  return attempt(draft, { ...intent, next_action: null }, card)
}

/** The end of a payment that took its time. */
export function finishProcessing(draft: Draft, intent: PaymentIntent, card: Card, paid: boolean): PaymentIntent {
  plan(draft, intent.id, [], 0)
  return paid ? chargeCard(draft, intent, card) : fail(draft, intent, card, genericDecline)
}

/** Any card declined, for the hands of the control API. */
export function fail(draft: Draft, intent: PaymentIntent, card: Card, decline: Decline): never {
  const tried = decline === authenticationFailure ? null : declineCard(draft, intent, card, decline)
  const error = toPaymentError(card, decline, tried?.id)
  const open: PaymentIntent = {
    ...intent,
    status: 'requires_payment_method',
    payment_method: null,
    next_action: null,
    latest_charge: tried?.id ?? intent.latest_charge,
    last_payment_error: error,
  }
  put(draft, open)
  emit(draft, 'payment_intent.payment_failed', open)
  const { doc_url: _, ...body } = error
  throw new StripeError(402, { ...body, payment_intent: open }, { executed: true })
}

function attempt(draft: Draft, intent: PaymentIntent, card: Card): PaymentIntent {
  return card.decline ? fail(draft, intent, card, card.decline) : chargeCard(draft, intent, card)
}

function askToAuthenticate(draft: Draft, intent: PaymentIntent, returnUrl: string | undefined): PaymentIntent {
  const next_action = toNextAction(`${draft.sim.origin}/cards/#${intent.id}`, returnUrl)
  const asking = put(draft, { ...intent, status: 'requires_action' as const, next_action })
  emit(draft, 'payment_intent.requires_action', asking)
  return asking
}

function toNextAction(url: string, returnUrl: string | undefined): NextAction {
  return returnUrl
    ? { type: 'redirect_to_url', redirect_to_url: { url, return_url: returnUrl } }
    : { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: url } }
}

function beginProcessing(draft: Draft, intent: PaymentIntent, card: Card): PaymentIntent {
  const processing = put(draft, { ...intent, status: 'processing' as const })
  emit(draft, 'payment_intent.processing', processing)
  const step = card.processing === 'fails' ? 'settle-fail' : 'settle'
  plan(draft, intent.id, [step], draft.sim.switches.auto.followUpMs)
  return processing
}

function toPaymentError(card: Card, { code, declineCode, message }: Decline, charge?: string): PaymentError {
  const optional = { ...(declineCode && { decline_code: declineCode }), ...(charge && { charge }) }
  return {
    type: 'card_error',
    code,
    ...optional,
    message,
    doc_url: docUrl(code),
    payment_method: toPaymentMethod(card),
  }
}
