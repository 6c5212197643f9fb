import http from 'node:http'
import https from 'node:https'
import { idleSocketMs, statusOf, timeCall } from '@duka/kit'
import axios, { AxiosError, type AxiosResponse } from 'axios'
import type { Sequelize } from 'sequelize'
import { z } from 'zod'
import { createAccessTokens, type FetchedToken } from './access-token'
import type { MpesaAccount } from './account'

const maxAnswerBytes = 100_000
const maxSockets = 32

const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() })

/** How Safaricom says no to a request. */
export const fault = z.object({ errorCode: z.string(), errorMessage: z.string() })

const badToken = new Set(['404.001.03', '400.003.01', '401.002.01'])

export type Post = (path: string, body: object) => Promise<AxiosResponse>

/** Posts to Daraja under the account's shared token. */
export function createTransport(account: MpesaAccount, database: Sequelize, timeoutMs: number): { post: Post } {
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
    const path = '/oauth/v1/generate'
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await timeCall('mpesa', path, () => client.get(path, { params, auth, signal }), statusOf)
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
    const signal = AbortSignal.timeout(timeoutMs)
    return timeCall('mpesa', path, () => client.post(path, body, { headers, signal }), statusOf)
  }

  return { post }
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

/** What became of a request without an answer. `unsent`: it never got there; `isRefused` where our keys are wrong. */
export type Unanswered = { kind: 'unsent'; isRefused: boolean; message: string } | { kind: 'unknown'; message: string }

const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** Reads what `post` threw. What is no fault of the connection is thrown on. */
export function readUnanswered(error: unknown): Unanswered {
  if (error instanceof Unsent) {
    const { message, cause } = error
    return { kind: 'unsent', isRefused: cause instanceof TokenRefused && cause.status < 500, message }
  }
  if (!(error instanceof AxiosError)) throw error
  const { code, message } = error
  if (neverSent.has(code ?? '')) return { kind: 'unsent', isRefused: false, message: code ?? '' }
  return { kind: 'unknown', message: code ?? message }
}
