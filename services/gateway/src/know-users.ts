import { text } from 'node:stream/consumers'
import { authContract } from '@duka/contracts'
import { createJwksSource, createUserVerifier } from '@duka/kit/user-tokens'
import type { RequestHandler } from 'express'
import { exchangeOf } from './exchange'
import type { Upstream } from './upstream'

const keysTimeoutMs = 1_000
const keysPauseMs = 5_000
const bearer = /^Bearer +([\w\-.~+/]+=*)$/i

/**
 * Finds out who sent a request, for its limits and its log line. Whether they may do what they want is for the service
 * to say: a token that is not valid, or that cannot be checked, is nobody's here.
 */
export function knowUsers(auth: Upstream): RequestHandler {
  const verify = createUserVerifier(createJwksSource(failFast(() => readKeys(auth))))
  return (request, response, next) => {
    const exchange = exchangeOf(response)
    const { authorization } = request.headers
    if (authorization === undefined || !exchange.target?.takesToken) return next()
    const [, token] = bearer.exec(authorization) ?? []
    if (token === undefined) return next()
    return verify(token).then(
      ({ id }) => {
        exchange.userId = id
        next()
      },
      () => next(),
    )
  }
}

async function readKeys(auth: Upstream) {
  const request = auth.get(authContract.readJwks.path, AbortSignal.timeout(keysTimeoutMs))
  const body = await new Promise<string>((resolve, reject) => {
    request.on('error', reject)
    request.on('response', (answer) => text(answer).then(resolve, reject))
  })
  return authContract.jwks.parse(JSON.parse(body))
}

/** While auth is silent, no request waits for it: one in five seconds tries. */
function failFast<T>(load: () => Promise<T>): () => Promise<T> {
  let failedAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (performance.now() - failedAt < keysPauseMs) throw new Error('auth did not answer a moment ago')
    try {
      return await load()
    } catch (error) {
      failedAt = performance.now()
      throw error
    }
  }
}
