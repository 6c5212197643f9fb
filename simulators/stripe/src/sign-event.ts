import { createHmac } from 'node:crypto'
import type { StripeEvent } from './objects'

/** Indented as Stripe sends it: who parses and writes it again gets other bytes. */
export const writeEvent = (event: StripeEvent): string => JSON.stringify(event, null, 2)

/** The Stripe-Signature header: HMAC-SHA256 of `t.body`, one `v1` for each secret, and a `v0` that means nothing. */
export function signText(text: string, secrets: string[], atSeconds: number): string {
  const sign = (secret: string) => createHmac('sha256', secret).update(`${atSeconds}.${text}`).digest('hex')
  const signatures = secrets.map((secret) => `v1=${sign(secret)}`)
  return [`t=${atSeconds}`, ...signatures, `v0=${sign('v0')}`].join(',')
}

export const toHeaders = (signature: string): Record<string, string> => ({
  'content-type': 'application/json; charset=utf-8',
  'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
  accept: '*/*; q=0.5, application/xml',
  'stripe-signature': signature,
})
