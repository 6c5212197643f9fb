import { readOptions, runCommand } from './demo-shop/run-command'
import { writeKubernetesSecrets } from './kubernetes-secrets'
import { services } from './supervisor/processes'
import {
  databasePasswordName,
  makeSecrets,
  password,
  publicKeysOf,
  type Secrets,
  serviceKeyName,
} from './supervisor/secrets'

const usage = `npm run --silent secrets > .env.staging
npm run secrets -- --kubernetes <folder>
Makes up all secrets that docker-compose.staging.yml asks for, or a file for each service in Kubernetes.`

const fromOthers = [
  'PUBLIC_BASE_URL',
  'ADMIN_EMAIL',
  'MPESA_CONSUMER_KEY',
  'MPESA_CONSUMER_SECRET',
  'MPESA_SHORTCODE',
  'MPESA_PASSKEY',
  'MPESA_INITIATOR_NAME',
  'MPESA_SECURITY_CREDENTIAL',
  'STRIPE_SECRET_KEY',
  'STRIPE_PUBLISHABLE_KEY',
  'STRIPE_WEBHOOK_SECRET',
]

/** The file of settings that docker-compose.staging.yml asks for: what can be made up, and what is left to fill in. */
export function writeSecrets(secrets: Secrets): string {
  const own = services.flatMap(({ name, database }) => {
    const prefix = name.toUpperCase()
    if (!database) return []
    return [
      `${prefix}_DATABASE_PASSWORD=${secrets[databasePasswordName(name)]}`,
      `${prefix}_SERVICE_KEY=${secrets[serviceKeyName(name)]}`,
    ]
  })
  return [
    '# To fill in; what belongs to a provider that the shop does without stays empty.',
    ...fromOthers.map((name) => `${name}=`),
    '',
    '# Made up. Whoever has these has the shop.',
    `ADMIN_PASSWORD=${secrets.adminPassword}`,
    `GRAFANA_PASSWORD=${password()}`,
    // Base64, because not every reader of such files takes values of several lines.
    `JWT_PRIVATE_KEY=${Buffer.from(secrets.jwtPrivateKey ?? '').toString('base64')}`,
    `SERVICE_PUBLIC_KEYS='${publicKeysOf(secrets)}'`,
    ...own,
    '',
  ].join('\n')
}

/** Prints the file for docker-compose, or writes those for Kubernetes into a folder. */
async function main(args: string[]): Promise<void> {
  const { kubernetes } = readOptions(args, { kubernetes: { type: 'string' } })
  if (kubernetes === undefined) process.stdout.write(writeSecrets(makeSecrets()))
  else writeKubernetesSecrets(kubernetes, makeSecrets())
}

if (require.main === module) runCommand(main, usage)
