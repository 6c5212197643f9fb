import { closeServer, listen, startReceiver as startEar } from '../../kit/test/support'
import { createDarajaSimulator, createManualClock, type DarajaSimulatorOptions } from '../src'
import { formatEat } from '../src/eat-time'

export const merchant = {
  name: 'DUKA',
  consumerKey: 'test-key',
  consumerSecret: 'test-secret',
  shortcode: '174379',
  passkey: 'test-passkey',
  till: '510510',
}

export { type Callback, closeServer, listen } from '../../kit/test/support'
export const startReceiver = (statuses?: number[]) => startEar('/api/webhook/m/5ec2e7', statuses)
type Json = Record<string, unknown>
export type Answer = { status: number; body: Json }

/** A simulator on its own port with a clock that stands still, and a client that speaks Daraja to it. */
export async function startSimulator(options: Partial<DarajaSimulatorOptions> = {}) {
  const clock = createManualClock()
  const simulator = createDarajaSimulator({ ...merchant, clock, ...options })
  const { server, origin } = await listen(simulator.app)
  const client = createClient(origin, clock.now)
  return {
    clock,
    control: simulator.control,
    origin,
    ...client,
    async close() {
      await closeServer(server)
      simulator.close()
    },
  }
}

export const readAnswer = async (response: Response): Promise<Answer> => ({
  status: response.status,
  body: (await response.json()) as Json,
})

function createClient(origin: string, now: () => number) {
  let token = ''
  const basic = `Basic ${Buffer.from(`${merchant.consumerKey}:${merchant.consumerSecret}`).toString('base64')}`
  const credentials = (timestamp = formatEat(now())) => ({
    BusinessShortCode: merchant.shortcode,
    Password: Buffer.from(merchant.shortcode + merchant.passkey + timestamp).toString('base64'),
    Timestamp: timestamp,
  })
  const logIn = async (authorization = basic, grant = 'client_credentials') => {
    const url = `${origin}/oauth/v1/generate?grant_type=${grant}`
    const answer = await readAnswer(await fetch(url, { headers: { authorization } }))
    if (answer.status === 200) token = String(answer.body.access_token)
    return answer
  }
  const call = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    if (!token && headers.authorization === undefined) await logIn()
    const sent = { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers }
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return readAnswer(await fetch(origin + path, { method: 'POST', headers: sent, body: text }))
  }
  const pushBody = (fields: Json = {}) => ({
    ...credentials(),
    TransactionType: 'CustomerPayBillOnline',
    Amount: 100,
    PartyA: fields.PhoneNumber ?? 254712345678,
    PartyB: merchant.shortcode,
    PhoneNumber: 254712345678,
    CallBackURL: 'http://127.0.0.1:9/api/webhook/m/5ec2e7',
    AccountReference: 'ORDER1',
    TransactionDesc: 'Order',
    ...fields,
  })
  return {
    logIn,
    call,
    credentials,
    pushBody,
    push: (fields: Json = {}) => call('/mpesa/stkpush/v1/processrequest', pushBody(fields)),
    query: (id: unknown) => call('/mpesa/stkpushquery/v1/query', { ...credentials(), CheckoutRequestID: id }),
  }
}
