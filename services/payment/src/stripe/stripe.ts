import type { StripeAccount } from './account'
import { type Client, loadClient } from './client'
import { listUndelivered, readEvent, type StripeEvent } from './events'
import { cancelIntent, createIntent, type IntentOutcome, type IntentRequest, readIntent } from './intents'
import type { Intent } from './read-object'
import type { StripeRefund } from './read-refund'
import { createRefund, listRefunds, type RefundOutcome, type RefundRequest, readRefund } from './refunds'

const defaultTimeoutMs = 5_000

/** What the shop asks of Stripe. What is said of each stands with the functions of the same names. */
export interface StripeApi {
  publishableKey: string
  isLive: boolean
  createIntent(request: IntentRequest): Promise<IntentOutcome>
  readIntent(id: string): Promise<Intent | undefined>
  cancelIntent(id: string): Promise<Intent | undefined>
  createRefund(request: RefundRequest): Promise<RefundOutcome>
  readRefund(id: string): Promise<StripeRefund>
  listRefunds(intentId: string): Promise<StripeRefund[]>
  readEvent(raw: Buffer, signature: string | undefined): Promise<StripeEvent | undefined>
  listUndelivered(since: Date): Promise<StripeEvent[]>
}

/** Speaks to Stripe through its own library, which is loaded at the first use. */
export function createStripe(account: StripeAccount, timeoutMs = defaultTimeoutMs): StripeApi {
  let loading: Promise<Client> | undefined
  const load = () => {
    loading ??= loadClient(account, timeoutMs)
    return loading
  }
  return {
    publishableKey: account.publishableKey,
    isLive: /^.._live_/.test(account.secretKey),
    createIntent: async (request) => createIntent(await load(), request),
    readIntent: async (id) => readIntent(await load(), id),
    cancelIntent: async (id) => cancelIntent(await load(), id),
    createRefund: async (request) => createRefund(await load(), request),
    readRefund: async (id) => readRefund(await load(), id),
    listRefunds: async (intentId) => listRefunds(await load(), intentId),
    readEvent: async (raw, signature) => readEvent(await load(), account.webhookSecret, raw, signature),
    listUndelivered: async (since) => listUndelivered(await load(), since),
  }
}
