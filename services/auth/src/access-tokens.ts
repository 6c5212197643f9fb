import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import {
  userTokenAlgorithm as algorithm,
  userTokenAudience as audience,
  userTokenSeconds as expiresIn,
  userTokenIssuer as issuer,
  type KeySource,
  userTokenType as typ,
} from '@duka/kit'
import jwt from 'jsonwebtoken'
import type { UserRow } from './user'

type PublishedKey = JsonWebKey & { kty: string; kid: string }

export interface TokenKeys {
  sign(user: UserRow, sessionId: string): string
  find: KeySource
  published: PublishedKey[]
}

/** Signs with one key; publishes and believes that one and those that signed before it. */
export function createTokenKeys(privateKey: KeyObject, previous: readonly KeyObject[]): TokenKeys {
  const current = createPublicKey(privateKey)
  const kid = thumbprint(current)
  const publicKeys = new Map([current, ...previous].map((key) => [thumbprint(key), key]))
  return {
    sign: (user, sessionId) =>
      jwt.sign({ role: user.role, sid: sessionId, ver: user.token_version }, privateKey, {
        algorithm,
        subject: user.id,
        issuer,
        audience,
        expiresIn,
        header: { alg: algorithm, typ, kid },
      }),
    find: async (id) => publicKeys.get(id),
    published: [...publicKeys].map(([id, key]) => publish(id, key)),
  }
}

function publish(kid: string, key: KeyObject): PublishedKey {
  const { e, n } = key.export({ format: 'jwk' })
  return { kty: 'RSA', use: 'sig', alg: algorithm, kid, e, n }
}

/** RFC 7638: the key names itself, so that instances with the same key agree on its id. */
function thumbprint(key: KeyObject): string {
  const { e, n } = key.export({ format: 'jwk' })
  return createHash('sha256')
    .update(JSON.stringify({ e, kty: 'RSA', n }))
    .digest('base64url')
}
