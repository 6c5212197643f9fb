import { createHash, createPublicKey } from 'node:crypto'
import { authContract } from '@duka/contracts'
import { createClient, createJwksSource, createUserVerifier } from '@duka/kit'
import { silentLog, startApp } from '@duka/testkit'
import request from 'supertest'
import { createApp } from '../src/app'
import { createDeps } from '../src/deps'
import { type Auth, rsaKeys, startAuth } from './support'

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.stop())

test('publishes the public key under its thumbprint, and nothing private', async () => {
  const { body } = await auth.api().get('/.well-known/jwks.json').expect(200)
  const { e, n } = createPublicKey(auth.config.JWT_PRIVATE_KEY).export({ format: 'jwk' })
  const kid = createHash('sha256').update(`{"e":"${e}","kty":"RSA","n":"${n}"}`).digest('base64url')
  expect(body).toEqual({ keys: [{ kty: 'RSA', use: 'sig', alg: 'RS256', kid, e, n }] })
})

test('another service verifies tokens by what is published', async () => {
  const running = await startApp(auth.app)
  try {
    const client = createClient({ target: 'auth', baseUrl: running.url })
    const verifyUser = createUserVerifier(createJwksSource(() => client.call(authContract.readJwks, {})))
    const { id, token } = await auth.signUp()
    expect(await verifyUser(token)).toMatchObject({ id, role: 'customer', version: 1 })
  } finally {
    await running.stop()
  }
})

test('a change of key signs nobody out', async () => {
  const before = await auth.signUp()
  const deps = createDeps(
    {
      ...auth.config,
      JWT_PRIVATE_KEY: rsaKeys().privateKey,
      JWT_PREVIOUS_PUBLIC_KEYS: [createPublicKey(auth.config.JWT_PRIVATE_KEY)],
    },
    silentLog,
  )
  try {
    const app = createApp(deps)
    const { body } = await request(app).get('/.well-known/jwks.json').expect(200)
    expect(body.keys).toHaveLength(2)
    await request(app).get('/api/profile').set('Authorization', before.bearer).expect(200)
    const next = await request(app).post('/api/refresh').send({ refreshToken: before.refreshToken }).expect(200)
    await request(app).get('/api/profile').set('Authorization', `Bearer ${next.body.token}`).expect(200)
    // The instance that still has the old key alone does not know the new one.
    await auth.api().get('/api/profile').set('Authorization', `Bearer ${next.body.token}`).expect(401)
  } finally {
    await deps.database.close()
  }
})
