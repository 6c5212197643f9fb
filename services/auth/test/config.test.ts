import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { ConfigurationError } from '@duka/kit'
import { loadConfig } from '../src/config'
import { rsaKeys } from './support'

const { privateKey, publicKey } = rsaKeys()
const pem = (key: KeyObject) =>
  key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' } as {
    type: 'spki'
    format: 'pem'
  }) as string
const serviceKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

const needed = {
  AUTH_DATABASE_URL: 'postgres://auth@localhost/auth_db',
  JWT_PRIVATE_KEY: pem(privateKey),
  SERVICE_KEY: serviceKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
  SERVICE_PUBLIC_KEYS: '{}',
}

function problemsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig({ ...needed, ...env })
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

test('has defaults for what is safe', () => {
  expect(loadConfig(needed)).toMatchObject({ AUTH_PORT: 3001, BCRYPT_COST: 12, JWT_PREVIOUS_PUBLIC_KEYS: [] })
})

test.each([
  ['as it is', pem(privateKey)],
  ['with \\n written out', pem(privateKey).replaceAll('\n', '\\n')],
  ['in base64', Buffer.from(pem(privateKey)).toString('base64')],
])('reads a PEM %s', (_what, JWT_PRIVATE_KEY) => {
  expect(loadConfig({ ...needed, JWT_PRIVATE_KEY }).JWT_PRIVATE_KEY.equals(privateKey)).toBe(true)
})

test('reads several previous keys', () => {
  const JWT_PREVIOUS_PUBLIC_KEYS = pem(publicKey) + pem(rsaKeys().publicKey)
  const keys = loadConfig({ ...needed, JWT_PREVIOUS_PUBLIC_KEYS }).JWT_PREVIOUS_PUBLIC_KEYS
  expect(keys).toHaveLength(2)
  expect(keys[0]?.equals(publicKey)).toBe(true)
})

test('keeps mails in a folder unless a mail server is set', () => {
  expect(loadConfig(needed)).toMatchObject({ MAIL_DIR: '.duka/mail', RATE_LIMIT_FACTOR: 1 })
  expect(loadConfig(needed)).not.toHaveProperty('SMTP_URL')
  const mail = { SMTP_URL: 'smtps://duka:p%40ss@mail.example:465', MAIL_FROM: 'Duka <no-reply@example.com>' }
  expect(loadConfig({ ...needed, ...mail })).toMatchObject(mail)
  expect(loadConfig({ ...needed, ...mail, MAIL_FROM: 'no-reply@example.com' }).MAIL_FROM).toBe('no-reply@example.com')
})

test('takes the first admin in the normal form of the email', () => {
  const config = loadConfig({ ...needed, ADMIN_EMAIL: ' Boss@Example.com', ADMIN_PASSWORD: 'mango-Tree-42' })
  expect(config.ADMIN_EMAIL).toBe('boss@example.com')
})

test.each([
  ['no key', { JWT_PRIVATE_KEY: '' }, 'JWT_PRIVATE_KEY is not set'],
  ['what is no key', { JWT_PRIVATE_KEY: 'secret' }, 'JWT_PRIVATE_KEY must be an RSA private key'],
  [
    'a short key',
    { JWT_PRIVATE_KEY: pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey) },
    '2048 bits',
  ],
  ['a key that is not RSA', { JWT_PRIVATE_KEY: pem(serviceKey) }, 'JWT_PRIVATE_KEY must be an RSA private key'],
  ['a private key as previous', { JWT_PREVIOUS_PUBLIC_KEYS: pem(privateKey) }, 'must be RSA public keys'],
  ['too low a cost', { BCRYPT_COST: '3' }, 'BCRYPT_COST must be at least 4'],
  ['too high a cost', { BCRYPT_COST: '16' }, 'BCRYPT_COST must be at most 15'],
  ['an admin without a password', { ADMIN_EMAIL: 'boss@example.com' }, 'ADMIN_PASSWORD is not set'],
  ['a password without an admin', { ADMIN_PASSWORD: 'mango-Tree-42' }, 'ADMIN_EMAIL is not set'],
  ['a short admin password', { ADMIN_EMAIL: 'a@example.com', ADMIN_PASSWORD: 'short' }, 'at least 8 characters'],
  ['a common one', { ADMIN_EMAIL: 'a@example.com', ADMIN_PASSWORD: 'changeme123' }, 'most common passwords'],
  ['a mail server without a sender', { SMTP_URL: 'smtp://localhost:25' }, 'MAIL_FROM is not set'],
  [
    'what is no mail server',
    { SMTP_URL: 'mail.example', MAIL_FROM: 'a@example.com' },
    'SMTP_URL must be such as smtp://',
  ],
  ['a sender of two lines', { MAIL_FROM: 'a@example.com\nBcc: b@example.com' }, 'MAIL_FROM must be an address'],
  ['a sender that is no address', { MAIL_FROM: 'Duka' }, 'MAIL_FROM must be an address'],
  ['a page that is no page', { PASSWORD_RESET_URL: 'shop.example' }, 'PASSWORD_RESET_URL must start with http'],
  ['no limits at all', { RATE_LIMIT_FACTOR: '0' }, 'RATE_LIMIT_FACTOR must be more than 0'],
])('refuses %s with one line that names it', (_what, env, line) => {
  const problems = problemsOf(env)
  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain(line)
})
