import Stripe from 'stripe'
import { closeServer, listen, startReceiver as startEar } from '../../kit/test/support'
import { createManualClock, createStripeSimulator, type StripeSimulatorOptions } from '../src'

export type { Callback } from '../../kit/test/support'

/** Whatever a test started ends with it, also when it fails. */
const open = new Set<() => Promise<void>>()
afterEach(async () => {
  for (const close of open) await close()
})

function closing(close: () => Promise<void>): () => Promise<void> {
  const once = async () => {
    if (open.delete(once)) await close()
  }
  open.add(once)
  return once
}

export async function startReceiver(statuses?: number[]) {
  const receiver = await startEar('/api/webhook/stripe', statuses)
  return { ...receiver, close: closing(receiver.close) }
}

export const account = {
  secretKey: 'sk_test_secret',
  publishableKey: 'pk_test_public',
  webhookSecrets: ['whsec_first'],
}
type Json = Record<string, unknown>
export type Answer = { status: number; headers: Headers; body: Json }

/** A simulator on its own port with a clock that stands still, the official client, and bare requests. */
export async function startSimulator(options: Partial<StripeSimulatorOptions> = {}) {
  const clock = createManualClock()
  const webhookUrl = 'http://127.0.0.1:9/api/webhook/stripe'
  const simulator = createStripeSimulator({ ...account, webhookUrl, clock, ...options })
  const { server, origin } = await listen(simulator.app)
  const client = (settings: Stripe.StripeConfig = {}, key = account.secretKey) =>
    new Stripe(key, {
      host: '127.0.0.1',
      port: new URL(origin).port,
      protocol: 'http',
      maxNetworkRetries: 0,
      telemetry: false,
      ...settings,
    })
  const call = async (line: string, form: Record<string, string> = {}, headers: Record<string, string> = {}) => {
    const [method = '', path = ''] = line.split(' ')
    const body = method === 'POST' ? { body: new URLSearchParams(form) } : {}
    const sent = { authorization: `Bearer ${account.secretKey}`, ...headers }
    return readAnswer(await fetch(origin + path, { method, headers: sent, ...body }))
  }
  return {
    clock,
    origin,
    control: simulator.control,
    client,
    stripe: client(),
    call,
    close: closing(async () => {
      await closeServer(server)
      simulator.close()
    }),
  }
}

export const readAnswer = async (response: Response): Promise<Answer> => ({
  status: response.status,
  headers: response.headers,
  body: (await response.json()) as Json,
})

export const errorOf = ({ body }: Answer) => body.error as Json

/** What a call of the official client throws. */
export async function failure(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await call
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error
    throw error
  }
  throw new Error('The call should have failed.')
}

export const order = { amount: 123_450, currency: 'kes', metadata: { orderId: 'o1', paymentId: 'p1' } }

/** What the simulator does after its answer is out has no other sign than its effect. */
export async function until(holds: () => boolean) {
  while (!holds()) await new Promise(setImmediate)
}
