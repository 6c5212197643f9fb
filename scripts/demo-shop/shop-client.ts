import type { ProblemDocument } from '@duka/contracts'
import { OperatorError } from '../operator-error'

const timeoutMs = 15_000

export interface Answer<T> {
  status: number
  headers: Headers
  /** What the caller says it is: parsed JSON, or undefined where the answer is not JSON. */
  body: T
  /** The call in words, for messages. */
  call: string
}

interface Sent {
  body?: unknown
  /** Sent as a CSV, instead of a body in JSON. */
  csv?: string
  token?: string | undefined
  headers?: Record<string, string>
}

/** Headers of a read that shows what is so now, instead of what was up to two seconds ago. */
export const asOfNow = { 'Cache-Control': 'no-cache' }

/** A client of one shop, which knows it by its public address alone. */
export interface ShopClient {
  url: string
  /** Resolves for every status; throws an OperatorError where no answer comes. */
  send<T>(method: string, path: string, sent?: Sent): Promise<Answer<T>>
}

const ofShop = { what: 'shop', hint: ' Start it with npm start, or give its address with --url.' }

/** Takes the gateway's address, with or without a slash at its end. Of another server: what it is, and how to find it. */
export function createShopClient(address: string, other = ofShop): ShopClient {
  const url = address.replace(/\/+$/, '')
  return { url, send: (method, path, sent = {}) => send(url, other, method, path, sent) }
}

async function send<T>(
  url: string,
  other: typeof ofShop,
  method: string,
  path: string,
  { body, csv, token, headers }: Sent,
): Promise<Answer<T>> {
  const call = `${method} ${path}`
  const type = csv === undefined ? 'application/json' : 'text/csv'
  const content = csv ?? (body === undefined ? undefined : JSON.stringify(body))
  try {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(content === undefined ? {} : { 'Content-Type': type }),
        ...(token && { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(content === undefined ? {} : { body: content }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : undefined) as T,
      call,
    }
  } catch (error) {
    throw new OperatorError(describeSilence(url, other, call, error as Error))
  }
}

function describeSilence(url: string, { what, hint }: typeof ofShop, call: string, error: Error): string {
  if (error.name === 'TimeoutError') return `${call}: no answer from ${url} within ${timeoutMs / 1000} s.`
  if (error instanceof SyntaxError) return `${call}: the answer from ${url} says that it is JSON and is not.`
  const reason = (error.cause as NodeJS.ErrnoException | undefined)?.code ?? error.message
  return `${call}: no ${what} answers at ${url} (${reason}).${hint}`
}

/** Status, code and detail of an answer that should have been another one. */
export function describeAnswer({ status, body }: Answer<unknown>): string {
  const { code, detail } = (body ?? {}) as Partial<ProblemDocument>
  return [status, code, detail && `(${detail})`].filter(Boolean).join(' ')
}
