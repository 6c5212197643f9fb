import type { z } from 'zod'
import type { Caller } from './authenticate'
import { cancelIntent } from './cancel-intent'
import { captureIntent } from './capture-intent'
import { findCard } from './cards'
import { confirmIntent } from './confirm-intent'
import { createIntent, readCard } from './create-intent'
import { listObjects } from './list'
import type { Charge, Dispute, Kind, ObjectOf, PaymentIntent, Refund } from './objects'
import { params } from './params'
import { checkClientSecret, toPublicView } from './public-view'
import { createRefund } from './refunds'
import { type Draft, find, put, type Simulator } from './simulator'
import { noSuch, notNow } from './stripe-error'
import { updateIntent } from './update-intent'
import { updateMetadata } from './update-metadata'

export type Endpoint = {
  method: 'get' | 'post'
  path: string
  schema: z.ZodType
  /** Browsers may call it with the publishable key and an intent's client secret. */
  forBrowsers: boolean
  /** Answers, and writes into the draft what changes. */
  run: (draft: Draft, given: unknown, call: Call) => object
}
export type Call = { id: string; caller: Caller }

/** Ties the schema to what `run` is given, so that each row below is checked as a whole. */
function endpoint<Schema extends z.ZodType>(
  line: `${'GET' | 'POST'} ${string}`,
  schema: Schema,
  run: (draft: Draft, given: z.infer<Schema>, call: Call) => object,
  forBrowsers = false,
): Endpoint {
  const [verb, path = ''] = line.split(' ')
  const method = verb === 'GET' ? 'get' : 'post'
  return { method, path, schema, forBrowsers, run: (draft, given, call) => run(draft, given as z.infer<Schema>, call) }
}

const intentOf = ({ sim }: Draft, { id, caller }: Call, secret?: string): PaymentIntent => {
  const intent = findOrRefuse(sim, 'payment_intent', id)
  if (caller === 'browser') checkClientSecret(intent, secret)
  return intent
}

/** All that the simulator has of Stripe's API. */
export const endpoints: readonly Endpoint[] = [
  endpoint('POST /v1/payment_intents', params.createIntent, createIntent),
  endpoint('GET /v1/payment_intents', params.list, ({ sim }, given) =>
    listObjects('/v1/payment_intents', sim.state.tables.payment_intent, given),
  ),
  endpoint(
    'GET /v1/payment_intents/:id',
    params.readIntent,
    (draft, given, call) => forCaller(call, intentOf(draft, call, given.client_secret)),
    true,
  ),
  endpoint('POST /v1/payment_intents/:id', params.updateIntent, (draft, given, call) =>
    updateIntent(draft, intentOf(draft, call), given),
  ),
  endpoint(
    'POST /v1/payment_intents/:id/confirm',
    params.confirmIntent,
    (draft, given, call) => {
      const intent = intentOf(draft, call, given.client_secret)
      const card = readCard(given) ?? findCard(intent.payment_method ?? '')
      if (!card) throw withoutMethod(intent)
      return forCaller(call, confirmIntent(draft, intent, card, given.return_url))
    },
    true,
  ),
  endpoint('POST /v1/payment_intents/:id/cancel', params.cancelIntent, (draft, given, call) =>
    cancelIntent(draft, intentOf(draft, call), given.cancellation_reason ?? null),
  ),
  endpoint('POST /v1/payment_intents/:id/capture', params.captureIntent, (draft, given, call) =>
    captureIntent(draft, intentOf(draft, call), given),
  ),
  endpoint('POST /v1/refunds', params.createRefund, createRefund),
  endpoint('POST /v1/refunds/:id', params.updateRefund, (draft, given, { id }) => {
    const refund = findOrRefuse(draft.sim, 'refund', id)
    return put(draft, { ...refund, metadata: updateMetadata(refund.metadata, given.metadata) })
  }),
  ...readOnly('refund', '/v1/refunds'),
  ...readOnly('charge', '/v1/charges'),
  ...readOnly('dispute', '/v1/disputes'),
  endpoint('GET /v1/events', params.listEvents, ({ sim }, given) =>
    listObjects('/v1/events', sim.state.tables.event, given, ({ type, pending_webhooks }) => {
      if (given.delivery_success !== undefined && given.delivery_success !== (pending_webhooks === 0)) return false
      const wanted = given.type === undefined ? given.types : [given.type]
      return wanted === undefined || wanted.some((name) => isOfType(type, name))
    }),
  ),
  endpoint('GET /v1/events/:id', params.none, ({ sim }, _given, { id }) => findOrRefuse(sim, 'event', id)),
]

function readOnly(kind: 'refund' | 'charge' | 'dispute', path: string): Endpoint[] {
  return [
    endpoint(`GET ${path}`, params.listOfIntent, ({ sim }, given) => {
      const table: ReadonlyMap<string, Refund | Charge | Dispute> = sim.state.tables[kind]
      return listObjects(path, table, given, (item) => {
        const charge = item.object === 'charge' ? item.id : item.charge
        return (
          (given.payment_intent ?? item.payment_intent) === item.payment_intent && (given.charge ?? charge) === charge
        )
      })
    }),
    endpoint(`GET ${path}/:id`, params.none, ({ sim }, _given, { id }) => findOrRefuse(sim, kind, id)),
  ]
}

function findOrRefuse<K extends Kind>(sim: Simulator, kind: K, id: string): ObjectOf<K> {
  const object = find(sim, kind, id)
  if (!object) throw noSuch(kind, id)
  return object
}

const forCaller = ({ caller }: Call, intent: PaymentIntent) => (caller === 'browser' ? toPublicView(intent) : intent)

/** `charge.*` stands for every type that begins so. */
const isOfType = (type: string, wanted: string) =>
  wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted

const withoutMethod = (intent: PaymentIntent) =>
  notNow(
    'payment_intent_unexpected_state',
    "You cannot confirm this PaymentIntent because it's missing a payment method. Update the PaymentIntent with a payment method and then confirm it again.",
    { payment_intent: intent },
  )
