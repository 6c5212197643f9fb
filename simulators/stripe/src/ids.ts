import { createHash } from 'node:crypto'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** As many letters and digits as asked for, which depend on nothing but the source. */
export function makeToken(length: number, ...source: (string | number)[]): string {
  let bytes = createHash('sha256').update(source.join('|')).digest()
  let token = ''
  while (token.length < length) {
    for (const byte of bytes) token += alphabet[byte % alphabet.length]
    bytes = createHash('sha256').update(bytes).digest()
  }
  return token.slice(0, length)
}
