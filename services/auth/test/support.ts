import { generateKeyPairSync, randomUUID } from 'node:crypto'
import type { Role } from '@duka/contracts'
import { queryRow, queryRows } from '@duka/kit'
import { createTestDatabase, silentLog, testProof } from '@duka/testkit'
import request from 'supertest'
import { createApp } from '../src/app'
import type { Config } from '../src/config'
import { createDeps, type Deps } from '../src/deps'
import type { Mail } from '../src/mail/mailer'

export const goodPassword = 'mango-Tree-42'

export function rsaKeys() {
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
}

export interface SignedIn {
  id: string
  email: string
  token: string
  refreshToken: string
  bearer: string
}

/** The app on a database of its own, and ways to look behind it. */
export async function startAuth() {
  const { url, drop } = await createTestDatabase('auth')
  const config: Config = {
    HOST: '127.0.0.1',
    LOG_LEVEL: 'error',
    METRICS: 'on',
    AUTH_PORT: 3001,
    AUTH_DATABASE_URL: url,
    JWT_PRIVATE_KEY: rsaKeys().privateKey,
    JWT_PREVIOUS_PUBLIC_KEYS: [],
    BCRYPT_COST: 4,
    MAIL_DIR: '/nowhere',
    RATE_LIMIT_FACTOR: 1,
    SERVICE_KEY: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    SERVICE_PUBLIC_KEYS: new Map(),
  }
  const mails: Mail[] = []
  const deps: Deps = {
    ...createDeps(config, silentLog),
    proof: testProof('auth'),
    sendMail: async (mail) => void mails.push(mail),
  }
  const app = createApp(deps)
  const sql = <T extends object>(text: string, bind: unknown[] = []) => queryRows<T>(deps.database, text, bind)
  return {
    app,
    config,
    deps,
    mails,
    sql,
    api: () => request(app),
    row: <T extends object>(text: string, bind: unknown[] = []) => queryRow<T>(deps.database, text, bind),
    /** Registers somebody new; a role is then given to them behind the app's back. */
    async signUp({ role = 'customer' as Role, name = 'Amina Otieno', password = goodPassword } = {}) {
      const email = `${randomUUID()}@example.com`
      const { body } = await request(app).post('/api/register').send({ name, email, password }).expect(201)
      if (role === 'customer') return asSignedIn(body)
      await sql('UPDATE users SET role = $2 WHERE id = $1', [body.user.id, role])
      return signIn(email, password)
    },
    signIn,
    async stop() {
      await deps.database.close()
      await drop()
    },
  }

  async function signIn(email: string, password = goodPassword): Promise<SignedIn> {
    const { body } = await request(app).post('/api/login').send({ email, password }).expect(200)
    return asSignedIn(body)
  }
}

export type Auth = Awaited<ReturnType<typeof startAuth>>

interface SessionBody {
  token: string
  refreshToken: string
  user: { id: string; email: string }
}

function asSignedIn({ token, refreshToken, user }: SessionBody): SignedIn {
  return { id: user.id, email: user.email, token, refreshToken, bearer: `Bearer ${token}` }
}
