import type { StripeAccount } from './account'
import { type Intent, readIntentObject } from './read-object'
import { readRefundObject, type StripeRefund } from './read-refund'

const defaultTimeoutMs = 5_000
/** Each try is one more timeout; an intent is created under its key, so trying again is safe. */
const maxNetworkRetries = 1
/** How far off the clock of a signature may be, to either side. */
const toleranceSeconds = 300
/** What the shop wants to hear of; Stripe filters by up to 20 types. */
const wantedTypes = [
  'payment_intent.succeeded',
  'payment_intent.canceled',
  'payment_intent.payment_failed',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
]
/** The most that the library reads in a row; of more, the newest. */
const maxMissed = 10_000

export interface IntentRequest {
  /** The same request under the same key is the same intent, for at least a day. */
  idempotencyKey: string
  /** In Stripe's units. */
  units: number
  currency: string
  description: string
  metadata: Record<string, string>
}

/**
 * What became of a request. `refused`: Stripe said no. `busy`: it failed, or took too much at once; under another key it
 * may work. `unknown`: no answer, so only the same key may be sent again.
 */
export type IntentOutcome =
  | { kind: 'created'; intent: Intent }
  | { kind: 'refused'; code: 'amount' | 'setup'; message: string }
  | { kind: 'busy'; message: string }
  | { kind: 'unknown'; message: string }

export interface RefundRequest {
  idempotencyKey: string
  intentId: string
  units: number
  metadata: Record<string, string>
}

/** `waiting`: no answer, or none that decides; the same request may be sent again. */
export type RefundOutcome =
  | { kind: 'created'; refund: StripeRefund }
  | { kind: 'refused'; code: string; message: string }
  | { kind: 'waiting'; message: string }

/** An event whose signature is right, or that Stripe itself listed. */
export interface StripeEvent {
  id: string
  type: string
  /** As it came, without the secrets that pay. */
  body: string
}

export interface StripeApi {
  publishableKey: string
  isLive: boolean
  createIntent(request: IntentRequest): Promise<IntentOutcome>
  /** undefined where this account has no such intent; throws where Stripe does not say. */
  readIntent(id: string): Promise<Intent | undefined>
  /** Ends an intent, and gives it as it then stands: it may have been paid a moment before. */
  cancelIntent(id: string): Promise<Intent | undefined>
  createRefund(request: RefundRequest): Promise<RefundOutcome>
  /** Throws where Stripe does not say. */
  readRefund(id: string): Promise<StripeRefund>
  /** The refunds of an intent, the newest hundred. */
  listRefunds(intentId: string): Promise<StripeRefund[]>
  /** undefined where the signature is not Stripe's, or not of now. */
  readEvent(raw: Buffer, signature: string | undefined): Promise<StripeEvent | undefined>
  /** Events since then that Stripe tried to deliver in vain, or still tries; oldest first. */
  listUndelivered(since: Date): Promise<StripeEvent[]>
}

/** Speaks to Stripe through its own library, which is loaded at the first use: it is large. */
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
    async cancelIntent(id) {
      const stripe = await load()
      try {
        return requireIntent(await stripe.paymentIntents.cancel(id))
      } catch (error) {
        // Paid, ended or under way already; which of them, the intent itself says.
        if (codeOf(error) === 'payment_intent_unexpected_state') return readIntent(stripe, id)
        return undefinedIfMissing(error)
      }
    },
    createRefund: async (request) => createRefund(await load(), request),
    readRefund: async (id) => requireRefund(await (await load()).refunds.retrieve(id)),
    async listRefunds(intentId) {
      const stripe = await load()
      const { data } = await stripe.refunds.list({ payment_intent: intentId, limit: 100 })
      return data.map(requireRefund)
    },
    listUndelivered: async (since) => listUndelivered(await load(), since),
    readEvent: async (raw, signature) => readEvent(await load(), account.webhookSecret, raw, signature),
  }
}

type Client = Awaited<ReturnType<typeof loadClient>>

async function loadClient({ secretKey, baseUrl }: StripeAccount, timeout: number) {
  const { default: Stripe } = await import('stripe')
  const address = baseUrl === null ? {} : addressOf(new URL(baseUrl))
  return new Stripe(secretKey, { maxNetworkRetries, timeout, telemetry: false, ...address })
}

function addressOf({ protocol, hostname, port }: URL): { protocol: 'http' | 'https'; host: string; port: number } {
  const isPlain = protocol === 'http:'
  return { protocol: isPlain ? 'http' : 'https', host: hostname, port: Number(port) || (isPlain ? 80 : 443) }
}

async function createIntent(stripe: Client, request: IntentRequest): Promise<IntentOutcome> {
  const { idempotencyKey, units, currency, description, metadata } = request
  const fields = {
    amount: units,
    currency: currency.toLowerCase(),
    automatic_payment_methods: { enabled: true },
    description,
    metadata,
  }
  try {
    return { kind: 'created', intent: requireIntent(await stripe.paymentIntents.create(fields, { idempotencyKey })) }
  } catch (error) {
    return readFault(error)
  }
}

const amountCodes = new Set(['amount_too_small', 'amount_too_large'])

function readFault(error: unknown): IntentOutcome {
  const status = statusOf(error)
  const message = `${status ?? 'no answer'} ${codeOf(error) ?? ''} ${error instanceof Error ? error.message : ''}`
  // A conflict is the same request, still on its way.
  if (status === undefined || status === 409) return { kind: 'unknown', message }
  if (status >= 500 || status === 429) return { kind: 'busy', message }
  return { kind: 'refused', code: amountCodes.has(codeOf(error) ?? '') ? 'amount' : 'setup', message }
}

async function createRefund(stripe: Client, request: RefundRequest): Promise<RefundOutcome> {
  const { idempotencyKey, intentId, units, metadata } = request
  try {
    const fields = { payment_intent: intentId, amount: units, metadata }
    return { kind: 'created', refund: requireRefund(await stripe.refunds.create(fields, { idempotencyKey })) }
  } catch (error) {
    const status = statusOf(error)
    const message = error instanceof Error ? error.message : String(error)
    // Only a 400 is about this refund; wrong keys, for one, can be mended.
    return status === 400
      ? { kind: 'refused', code: codeOf(error) ?? 'refused', message }
      : { kind: 'waiting', message }
  }
}

function requireRefund(object: unknown): StripeRefund {
  const refund = readRefundObject(object)
  if (!refund) throw new Error('Stripe answered with something that is no refund')
  return refund
}

async function readIntent(stripe: Client, id: string): Promise<Intent | undefined> {
  try {
    return requireIntent(await stripe.paymentIntents.retrieve(id))
  } catch (error) {
    return undefinedIfMissing(error)
  }
}

function requireIntent(object: unknown): Intent {
  const intent = readIntentObject(object)
  if (!intent) throw new Error('Stripe answered with something that is no PaymentIntent')
  return intent
}

function undefinedIfMissing(error: unknown): undefined {
  if (codeOf(error) !== 'resource_missing') throw error
}

/** Errors are told apart by their fields: the library's classes are not at hand where it is not loaded. */
function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | null)?.code
}

function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number } | null)?.statusCode
}

async function listUndelivered(stripe: Client, since: Date): Promise<StripeEvent[]> {
  const created = { gte: Math.floor(since.getTime() / 1000) }
  const pages = stripe.events.list({ types: wantedTypes, delivery_success: false, created, limit: 100 })
  const events = await pages.autoPagingToArray({ limit: maxMissed })
  return events
    .reverse()
    .map((event) => ({ id: event.id, type: event.type, body: withoutSecrets(JSON.stringify(event)) }))
}

/** The library takes a signature of any future time for good, so that is looked at here. */
function readEvent(stripe: Client, secret: string, raw: Buffer, signature = ''): StripeEvent | undefined {
  const signedAt = Number(
    signature
      .split(',')
      .findLast((part) => part.trim().startsWith('t='))
      ?.trim()
      .slice(2),
  )
  if (!(signedAt <= Date.now() / 1000 + toleranceSeconds)) return undefined
  try {
    const { id, type } = stripe.webhooks.constructEvent(raw, signature, secret, toleranceSeconds)
    return { id, type, body: withoutSecrets(raw.toString('utf8')) }
  } catch {
    return undefined
  }
}

function withoutSecrets(json: string): string {
  return JSON.stringify(JSON.parse(json, (name, value) => (name === 'client_secret' ? undefined : value)))
}
