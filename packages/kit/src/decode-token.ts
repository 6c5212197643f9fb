import jwt from 'jsonwebtoken'

/** What a token claims to be, before anything of it is believed; null where it is no token at all. */
export function decodeToken(token: string): jwt.Jwt | null {
  try {
    return jwt.decode(token, { complete: true })
  } catch {
    // jsonwebtoken throws on a header that says `typ: JWT` before a payload that is no JSON.
    return null
  }
}
