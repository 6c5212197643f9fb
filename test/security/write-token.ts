import { createHmac, type KeyObject, sign as signWith } from 'node:crypto'

export type Fields = Record<string, unknown>

/** Signs the text before the last dot of a token. */
export type Sign = (text: string) => Buffer

export const rs =
  (key: KeyObject, digest = 'sha256'): Sign =>
  (text) =>
    signWith(digest, Buffer.from(text), key)

export const ps =
  (key: KeyObject): Sign =>
  (text) =>
    signWith('sha256', Buffer.from(text), { key, padding: 6, saltLength: 32 })

export const es =
  (key: KeyObject): Sign =>
  (text) =>
    signWith('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })

export const hs =
  (secret: string | Buffer): Sign =>
  (text) =>
    createHmac('sha256', secret).update(text).digest()

export const unsigned: Sign = () => Buffer.alloc(0)

/** A token with any header, payload and signature: libraries refuse to write most of what an attacker would send. */
export function writeToken(header: Fields, payload: Fields, sign: Sign): string {
  const text = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${sign(text).toString('base64url')}`
}

export function readToken(token: string): { header: Fields; payload: Fields; signature: string } {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Fields
  return { header: read(header), payload: read(payload), signature }
}
