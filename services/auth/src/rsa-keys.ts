import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'

const minBits = 2048
const publicPem = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g

/** Environments that cannot hold line breaks hold a PEM with `\n` written out, or the whole of it in base64. */
function readPem(value: string): string {
  const text = value.includes('-----BEGIN') ? value : Buffer.from(value, 'base64').toString('utf8')
  return text.replaceAll('\\n', '\n')
}

function requireStrength(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= minBits) return key
  throw new RangeError('Not an RSA key, or too short a one')
}

/** The key that tokens are signed with. */
export const signingKey = z.string().transform((value, context): KeyObject => {
  try {
    return requireStrength(createPrivateKey(readPem(value)))
  } catch {
    context.addIssue({
      code: 'custom',
      message: `must be an RSA private key of at least ${minBits} bits as PEM; "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:${minBits}" makes one`,
    })
    return z.NEVER
  }
})

/** Keys that signed until lately: still published and believed, so that a change of key signs nobody out. */
export const previousKeys = z.string().transform((value, context): KeyObject[] => {
  try {
    const pems = readPem(value).match(publicPem) ?? []
    if (pems.length === 0) throw new RangeError('No key in it')
    return pems.map((pem) => requireStrength(createPublicKey(pem)))
  } catch {
    context.addIssue({ code: 'custom', message: `must be RSA public keys of at least ${minBits} bits as PEM` })
    return z.NEVER
  }
})
