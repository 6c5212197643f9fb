import { createHash, timingSafeEqual } from 'node:crypto'
import type { Request } from 'express'
import type { Simulator } from './simulator'
import { unauthorized } from './stripe-error'

/** Who calls: the shop's server, or a browser that holds only the publishable key. */
export type Caller = 'shop' | 'browser'

export function authenticate({ account }: Simulator, request: Request): Caller {
  const key = readKey(request)
  if (key === '') {
    throw unauthorized(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    )
  }
  if (isSame(key, account.secretKey)) return 'shop'
  if (isSame(key, account.publishableKey)) return 'browser'
  throw unauthorized(`Invalid API Key provided: ${mask(key)}`)
}

/** Bearer as the libraries do, Basic as `curl -u` does, or a field as Stripe.js does. */
function readKey({ headers, body, query }: Request): string {
  const [scheme = '', value = ''] = (headers.authorization ?? '').split(' ')
  if (/^bearer$/i.test(scheme)) return value
  if (/^basic$/i.test(scheme)) return Buffer.from(value, 'base64').toString().split(':')[0] ?? ''
  const field: unknown = body?.key ?? query.key
  return typeof field === 'string' ? field : ''
}

/** Whether two secrets are the same, in a time that does not tell how much of them is. */
export function isSame(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(left), digest(right))
}

const mask = (key: string) => (key.length > 12 ? `${key.slice(0, 8)}****${key.slice(-4)}` : '****')
