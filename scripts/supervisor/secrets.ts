import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError } from '../operator-error'
import { services } from './processes'

/** What a start makes up once and keeps, as one flat table of names. */
export type Secrets = Readonly<Record<string, string>>

const makers: Record<string, () => string> = {
  postgresPassword: password,
  jwtPrivateKey: () =>
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  adminPassword: password,
  customerPassword: password,
  darajaConsumerKey: password,
  darajaConsumerSecret: password,
  darajaPasskey: () => randomBytes(32).toString('hex'),
  stripeSecretKey: () => `sk_test_${token()}`,
  stripePublishableKey: () => `pk_test_${token()}`,
  stripeWebhookSecret: () => `whsec_${token()}`,
  ...Object.fromEntries(services.map(({ name }) => [serviceKeyName(name), serviceKey])),
  ...Object.fromEntries(
    services.filter(({ database }) => database).map(({ name }) => [databasePasswordName(name), password]),
  ),
}

/** Reads the secrets of a data folder; those missing are made up and kept, readable by their owner only. */
export function keepSecrets(dataDir: string): Secrets {
  const file = secretsFile(dataDir)
  const kept = existsSync(file) ? read(file) : {}
  const missing = Object.entries(makers).filter(([name]) => !kept[name])
  if (missing.length === 0) return kept
  const secrets = { ...kept, ...Object.fromEntries(missing.map(([name, make]) => [name, make()])) }
  const unfinished = `${file}.${process.pid}`
  writeFileSync(unfinished, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 })
  renameSync(unfinished, file)
  return secrets
}

/** All of them anew. */
export function makeSecrets(): Secrets {
  return Object.fromEntries(Object.entries(makers).map(([name, make]) => [name, make()]))
}

export function secretsFile(dataDir: string): string {
  return join(dataDir, 'secrets.json')
}

export function serviceKeyName(service: string): string {
  return `${service}ServiceKey`
}

export function databasePasswordName(service: string): string {
  return `${service}DatabasePassword`
}

/** The public halves of the services' keys: a JSON object of service names and SPKI DER in base64. */
export function publicKeysOf(secrets: Secrets): string {
  const entries = services.map(({ name }) => {
    const der = Buffer.from(secrets[serviceKeyName(name)] ?? '', 'base64')
    const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
    return [name, key.export({ type: 'spki', format: 'der' }).toString('base64')]
  })
  return JSON.stringify(Object.fromEntries(entries))
}

function read(file: string): Secrets {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Secrets
  } catch (error) {
    throw new OperatorError(
      `${file} cannot be read (${(error as Error).message}): mend it, or start over with npm start -- --reset.`,
    )
  }
}

/** One that nobody guesses, of letters, digits, - and _. */
export function password(): string {
  return randomBytes(12).toString('base64url')
}

function token(): string {
  return randomBytes(18).toString('hex')
}

function serviceKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64')
}
