import { createHmac, type KeyObject, sign } from 'node:crypto'

const base64url = (part: object | string) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')

const seconds = () => Math.floor(Date.now() / 1000)

/** A token put together by hand, so that a test can make what no library would. */
export function forge(header: object, payload: object | string, signature: (input: string) => Buffer): string {
  const claims = typeof payload === 'string' ? payload : { iat: seconds(), exp: seconds() + 60, ...payload }
  const input = `${base64url(header)}.${base64url(claims)}`
  return `${input}.${signature(input).toString('base64url')}`
}

export const unsigned = () => Buffer.alloc(0)
export const withRsa = (key: KeyObject) => (input: string) => sign('sha256', Buffer.from(input), key)
export const withEc = (key: KeyObject) => (input: string) =>
  sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })

/** The old trick: the public key, which everybody has, as the secret of an HMAC. */
export const withHmacOf = (key: KeyObject | string) => (input: string) =>
  createHmac('sha256', typeof key === 'string' ? key : key.export({ format: 'pem', type: 'spki' }))
    .update(input)
    .digest()
