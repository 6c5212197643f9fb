import type { AxiosResponse } from 'axios'
import type { Sequelize } from 'sequelize'
import { z } from 'zod'
import type { MpesaAccount } from './account'
import { type DarajaRequest, type RequestOutcome, sendRequest } from './send-request'
import { createTransport, fault, readUnanswered } from './transport'

const defaultTimeoutMs = 8_000

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
  /** Whether the account may give money back, and not only take it. */
  canRefund: boolean
  push(request: PushRequest): Promise<PushOutcome>
  query(checkoutRequestId: string): Promise<QueryOutcome>
  /** Sends a reversal, a payout or a question about one; what comes of it is told later, to its result address. */
  request(call: DarajaRequest): Promise<RequestOutcome>
}

const accepted = z.object({
  ResponseCode: z.coerce.string().refine((code) => code === '0'),
  CheckoutRequestID: z.string().min(1).max(100),
  MerchantRequestID: z.string().min(1).max(100),
})
const queried = z.object({ ResultCode: z.union([z.string(), z.number()]).transform(String) })

/** Speaks Safaricom's Daraja 3.0 as its pages document it. */
export function createDaraja(account: MpesaAccount, database: Sequelize, timeoutMs = defaultTimeoutMs): Daraja {
  const { post } = createTransport(account, database, timeoutMs)
  return {
    canRefund: account.initiator !== null,
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
    request: (call) => sendRequest(post, account, call),
  }
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

function readPushFault(error: unknown): PushOutcome {
  const unanswered = readUnanswered(error)
  const { message } = unanswered
  if (unanswered.kind === 'unknown') return { kind: 'unknown', message }
  if (unanswered.isRefused) return { kind: 'refused', code: 'setup', message }
  return { kind: 'busy', code: 'provider_unreachable', message }
}
