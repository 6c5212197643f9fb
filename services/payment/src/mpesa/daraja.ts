import http from 'node:http'
import https from 'node:https'
import { idleSocketMs } from '@duka/kit'
import axios, { AxiosError, type AxiosResponse } from 'axios'
import type { Sequelize } from 'sequelize'
import { z } from 'zod'
import { createAccessTokens, type FetchedToken } from './access-token'
import type { MpesaAccount } from './account'

const defaultTimeoutMs = 8_000
const maxAnswerBytes = 100_000
const maxSockets = 32

export interface PushRequest {
  /** Whole shillings. */
  amount: number
  /** 2547… or 2541… */
  phoneNumber: string
  /** Shown in the prompt; at most 12 letters and digits. */
  accountReference: string
  callbackUrl: string
}

/**
 * What became of a request. `refused`: Safaricom said no, and nothing was sent to a phone. `busy`: the same, but it may
 * work later. `unknown`: no answer, or one that does not say; it must not be sent again.
 */
export type PushOutcome =
  | { kind: 'accepted'; checkoutRequestId: string; merchantRequestId: string }
  | { kind: 'refused'; code: 'phone_number' | 'setup'; message: string }
  | { kind: 'busy'; code: 'payer_busy' | 'provider_busy' | 'provider_unreachable'; message: string }
  | { kind: 'unknown'; message: string }

/** `answered` carries a ResultCode; anything that is no clear answer is `pending`. */
export type QueryOutcome = { kind: 'answered'; resultCode: string } | { kind: 'pending' }

export interface Daraja {
  push(request: PushRequest): Promise<PushOutcome>
  query(checkoutRequestId: string): Promise<QueryOutcome>
}

const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() })
const accepted = z.object({
  ResponseCode: z.coerce.string().refine((code) => code === '0'),
  CheckoutRequestID: z.string().min(1).max(100),
  MerchantRequestID: z.string().min(1).max(100),
})
const fault = z.object({ errorCode: z.string(), errorMessage: z.string() })
const queried = z.object({ ResultCode: z.union([z.string(), z.number()]).transform(String) })

const badToken = new Set(['404.001.03', '400.003.01', '401.002.01'])

/** Speaks M-Pesa Express (STK Push) as Safaricom's Daraja 3.0 documents it. */
export function createDaraja(account: MpesaAccount, database: Sequelize, timeoutMs = defaultTimeoutMs): Daraja {
  const client = axios.create({
    baseURL: account.baseUrl,
    timeout: timeoutMs,
    maxContentLength: maxAnswerBytes,
    maxRedirects: 0,
    proxy: false,
    httpAgent: new http.Agent({ keepAlive: true, maxSockets, timeout: idleSocketMs }),
    httpsAgent: new https.Agent({ keepAlive: true, maxSockets, timeout: idleSocketMs }),
    validateStatus: () => true,
  })
  const tokens = createAccessTokens(database, `${account.baseUrl} ${account.consumerKey}`, fetchToken)

  async function fetchToken(): Promise<FetchedToken> {
    const auth = { username: account.consumerKey, password: account.consumerSecret }
    const params = { grant_type: 'client_credentials' }
    const response = await client.get('/oauth/v1/generate', { params, auth, signal: AbortSignal.timeout(timeoutMs) })
    const answer = tokenAnswer.safeParse(response.data)
    if (!answer.success) throw new TokenRefused(response.status)
    return { token: answer.data.access_token, lifeSeconds: answer.data.expires_in }
  }

  /** Sends under the shared token; one that is refused is replaced, once. */
  async function post(path: string, body: object): Promise<AxiosResponse> {
    const token = await tokens.current().catch(failUnsent)
    const response = await send(path, body, token)
    if (!badToken.has(fault.safeParse(response.data).data?.errorCode ?? '')) return response
    const next = await tokens
      .drop(token)
      .then(() => tokens.current())
      .catch(failUnsent)
    return send(path, body, next)
  }

  function send(path: string, body: object, token: string): Promise<AxiosResponse> {
    const headers = { authorization: `Bearer ${token}` }
    // The client's timeout is of silence: an answer that trickles would never end.
    return client.post(path, body, { headers, signal: AbortSignal.timeout(timeoutMs) })
  }

  return {
    async push(request) {
      try {
        return readPushAnswer(await post('/mpesa/stkpush/v1/processrequest', pushBody(account, request)))
      } catch (error) {
        return readPushFault(error)
      }
    },
    async query(checkoutRequestId) {
      const body = { ...signature(account), CheckoutRequestID: checkoutRequestId }
      const response = await post('/mpesa/stkpushquery/v1/query', body)
      const answer = response.status === 200 ? queried.safeParse(response.data) : undefined
      if (!answer?.success) return { kind: 'pending' }
      return { kind: 'answered', resultCode: answer.data.ResultCode }
    },
  }
}

class TokenRefused extends Error {
  constructor(readonly status: number) {
    super(`Safaricom gave no access token (status ${status}): check MPESA_CONSUMER_KEY and MPESA_CONSUMER_SECRET`)
  }
}

/** There was no token to send with, or a refused one: Safaricom did nothing, whatever the cause. */
class Unsent extends Error {}

function failUnsent(cause: unknown): never {
  throw new Unsent(String(cause), { cause })
}

function pushBody(account: MpesaAccount, { amount, phoneNumber, accountReference, callbackUrl }: PushRequest) {
  return {
    ...signature(account),
    TransactionType: account.tillNumber ? 'CustomerBuyGoodsOnline' : 'CustomerPayBillOnline',
    Amount: amount,
    PartyA: phoneNumber,
    PartyB: account.tillNumber ?? account.shortcode,
    PhoneNumber: phoneNumber,
    CallBackURL: callbackUrl,
    AccountReference: accountReference,
    TransactionDesc: 'Order payment',
  }
}

function signature({ shortcode, passkey }: MpesaAccount) {
  const Timestamp = eastAfricaTime(new Date())
  return {
    BusinessShortCode: shortcode,
    Password: Buffer.from(`${shortcode}${passkey}${Timestamp}`).toString('base64'),
    Timestamp,
  }
}

/** YYYYMMDDHHmmss in UTC+3, whatever zone this machine is in. Kenya has no daylight saving time. */
export function eastAfricaTime(time: Date): string {
  return new Date(time.getTime() + 3 * 3_600_000).toISOString().replace(/\D/g, '').slice(0, 14)
}

function readPushAnswer(response: AxiosResponse): PushOutcome {
  const answer = accepted.safeParse(response.data)
  if (response.status === 200 && answer.success) {
    const { CheckoutRequestID, MerchantRequestID } = answer.data
    return { kind: 'accepted', checkoutRequestId: CheckoutRequestID, merchantRequestId: MerchantRequestID }
  }
  const said = fault.safeParse(response.data)
  if (!said.success) return { kind: 'unknown', message: `status ${response.status} without a known body` }
  return readFault(said.data.errorCode, said.data.errorMessage)
}

/** One code has many meanings that only its text tells apart. */
function readFault(code: string, message: string): PushOutcome {
  if (/unable to lock subscriber/i.test(message)) return { kind: 'busy', code: 'payer_busy', message }
  if (code === '500.003.02' || code === '500.003.03') return { kind: 'busy', code: 'provider_busy', message }
  if (/invalid (phonenumber|partya)/i.test(message)) return { kind: 'refused', code: 'phone_number', message }
  if (/merchant does not exist|wrong credentials/i.test(message)) return { kind: 'refused', code: 'setup', message }
  if (/^40[0-9]\./.test(code)) return { kind: 'refused', code: 'setup', message: `${code} ${message}` }
  return { kind: 'unknown', message: `${code} ${message}` }
}

const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

function readUnsent({ message, cause }: Unsent): PushOutcome {
  const isRefused = cause instanceof TokenRefused && cause.status < 500
  return isRefused
    ? { kind: 'refused', code: 'setup', message }
    : { kind: 'busy', code: 'provider_unreachable', message }
}

function readPushFault(error: unknown): PushOutcome {
  if (error instanceof Unsent) return readUnsent(error)
  if (!(error instanceof AxiosError)) throw error
  if (neverSent.has(error.code ?? '')) return { kind: 'busy', code: 'provider_unreachable', message: error.code ?? '' }
  return { kind: 'unknown', message: error.code ?? error.message }
}
