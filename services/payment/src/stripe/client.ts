import { timeCall } from '@duka/kit'
import type { StripeAccount } from './account'

/** Each try is one more timeout; what moves money is asked for under a key, so trying again is safe. */
const maxNetworkRetries = 1

/** Stripe's own library, with the account's key. */
export type Client = Awaited<ReturnType<typeof loadClient>>

/** Loads the library, which is large, and readies it. */
export async function loadClient({ secretKey, baseUrl }: StripeAccount, timeout: number) {
  const { default: Stripe } = await import('stripe')
  const address = baseUrl === null ? {} : addressOf(new URL(baseUrl))
  const httpClient = Stripe.createNodeHttpClient()
  const send = httpClient.makeRequest.bind(httpClient)
  httpClient.makeRequest = (...request) => {
    const [, , path, method] = request
    const statusOf = (answer: { getStatusCode(): number }) => answer.getStatusCode()
    return timeCall('stripe', operationOf(method, path), () => send(...request), statusOf)
  }
  return new Stripe(secretKey, { maxNetworkRetries, timeout, telemetry: false, httpClient, ...address })
}

/** The kind of thing that is asked about: what follows it is an id. */
function operationOf(method: string, path: string): string {
  return `${method} ${/^\/v1\/(payment_intents|refunds|events)\b/.exec(path)?.[0] ?? 'other'}`
}

function addressOf({ protocol, hostname, port }: URL): { protocol: 'http' | 'https'; host: string; port: number } {
  const isPlain = protocol === 'http:'
  return { protocol: isPlain ? 'http' : 'https', host: hostname, port: Number(port) || (isPlain ? 80 : 443) }
}

/** Errors are told apart by their fields: the library's classes are not at hand where it is not loaded. */
export function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | null)?.code
}

/** Whether an error is an answer that Stripe saved under the key, and gives to whoever repeats the request. */
export function isReplayed(error: unknown): boolean {
  return (error as { headers?: Record<string, string> } | null)?.headers?.['idempotent-replayed'] === 'true'
}

export function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number } | null)?.statusCode
}
