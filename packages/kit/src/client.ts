import { setTimeout as wait } from 'node:timers/promises'
import type { AnswerOf, Endpoint, RequestOf, ServiceName } from '@duka/contracts'
import axios, { AxiosError } from 'axios'
import { createBalancedAgent, NotConnected } from './balanced-agent'
import { currentRequestId } from './context'
import { RemoteRefused, RemoteUnavailable } from './errors'
import { fillPath } from './fill-path'
import { idleSocketMs } from './listen'
import type { Proof } from './proof'
import { statusOf, timeCall } from './time-calls'
import { currentTraceparent } from './tracer'

const maxSockets = 64
const retryPausesMs = [50, 200]
const maxAnswerBytes = 5_000_000

export interface ClientOptions {
  target: ServiceName
  /** Where it is: one address, or several that share the calls. */
  baseUrl: string | readonly string[]
  /** Without one, only endpoints for anyone can be called. */
  proof?: Proof
  timeoutMs?: number
}

/** Calls another service by its contract. */
export interface Client {
  /**
   * Throws RemoteUnavailable where there was no answer (or a 5xx, or our proof was not taken), RemoteRefused on a 4xx. A
   * call that certainly did not arrive is tried again twice; every internal endpoint is idempotent, so a cut connection
   * counts as that too.
   */
  call<E extends Endpoint>(contract: E, request: RequestOf<E>): Promise<AnswerOf<E>>
}

interface AnyRequest {
  params?: Record<string, string>
  query?: unknown
  body?: unknown
}

export function createClient({ target, baseUrl, proof, timeoutMs = 5_000 }: ClientOptions): Client {
  const urls = [baseUrl].flat().map((url) => new URL(url))
  const agent = createBalancedAgent(urls, { maxSockets, timeoutMs: idleSocketMs })
  const client = axios.create({
    httpAgent: agent,
    httpsAgent: agent,
    // Any of them: the agent decides where a call goes.
    baseURL: String(urls[0]),
    timeout: timeoutMs,
    maxContentLength: maxAnswerBytes,
    maxRedirects: 0,
    proxy: false,
    validateStatus: () => true,
  })

  async function send(contract: Endpoint, request: AnyRequest): Promise<unknown> {
    const ask = () =>
      client.request({
        method: contract.method,
        url: fillPath(contract.path, request.params),
        params: request.query,
        data: request.body,
        headers: headersFor(target, proof),
        // The timeout above is of silence: an answer that trickles would never end.
        signal: AbortSignal.timeout(timeoutMs),
      })
    const response = await timeCall(target, contract.path, ask, statusOf)
    if (response.status >= 500 || response.status === 401)
      throw new RemoteUnavailable(target, true, false, reasonOf(response.status))
    if (response.status >= 400) throw refusal(target, response.status, response.data)
    return response.data === '' ? undefined : response.data
  }

  return {
    async call(contract, request) {
      const answer = await withRetries(target, () => send(contract, request as AnyRequest))
      return contract.response.parse(answer) as AnswerOf<typeof contract>
    },
  }
}

/** Whose proof is not taken was told nothing about what it asked for: that ends when keys and clocks are mended. */
function reasonOf(status: number): string {
  return status === 401 ? 'answered 401: the keys or the clocks of the services do not agree' : `answered ${status}`
}

function headersFor(target: ServiceName, proof: Proof | undefined): Record<string, string> {
  const headers: Record<string, string> = {}
  const requestId = currentRequestId()
  if (requestId) headers['x-request-id'] = requestId
  const traceparent = currentTraceparent()
  if (traceparent) headers.traceparent = traceparent
  if (proof) headers.authorization = `Bearer ${proof.sign(target)}`
  return headers
}

function refusal(target: ServiceName, status: number, data: unknown): RemoteRefused {
  const document = typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {}
  return new RemoteRefused(target, status, String(document.code ?? 'unknown'), document)
}

async function withRetries<T>(target: ServiceName, attempt: () => Promise<T>): Promise<T> {
  let mayHaveArrived = false
  for (const pause of [...retryPausesMs, undefined]) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof AxiosError)) throw error
      // One try that may have arrived is enough: a later one that did not takes nothing back.
      mayHaveArrived ||= !(error.cause instanceof NotConnected)
      if (pause === undefined || !isConnectionFault(error)) throw asUnavailable(target, error, mayHaveArrived)
      await wait(pause)
    }
  }
  throw new Error('unreachable')
}

const cut = new Set(['ECONNRESET', 'EPIPE'])
const timedOut = new Set(['ECONNABORTED', 'ETIMEDOUT', 'ERR_CANCELED'])

/** What another try may mend soon. */
function isConnectionFault({ cause, code = '' }: AxiosError): boolean {
  return (cause instanceof NotConnected && !timedOut.has(code)) || cut.has(code)
}

function asUnavailable(target: ServiceName, error: AxiosError, sent: boolean): RemoteUnavailable {
  const code = error.code ?? 'unknown'
  return new RemoteUnavailable(target, sent, sent && timedOut.has(code), code)
}
