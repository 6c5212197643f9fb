import { join } from 'node:path'
import { type ProcessSpec, services, simulators } from './processes'
import { type GivenSettings, portOf } from './read-settings'
import { publicKeysOf, type Secrets, serviceKeyName } from './secrets'

export type Settings = Readonly<Record<string, string>>

const loopback = '127.0.0.1'
/** Whom npm start makes admin of its own databases where nobody is named. */
export const defaultAdminEmail = 'admin@duka.test'

// What any program may need of its surroundings; nothing else of the environment reaches a service.
const ambientNames = [
  'PATH',
  'HOME',
  'TZ',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'NODE_ENV',
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
]

/** Where mails are kept that no mail server is set for. */
export function mailDir(dataDir: string): string {
  return join(dataDir, 'mail')
}

/** Where a simulator keeps what it knows. */
export function journalFile(dataDir: string, simulator: string): string {
  return join(dataDir, `${simulator}.jsonl`)
}

export function addressOf(spec: ProcessSpec, given: GivenSettings): string {
  return `http://${loopback}:${portOf(spec, given)}`
}

/** Everything that the processes need, by the settings' own names: what is given, over what is made up for it. */
export function completeSettings(
  given: GivenSettings,
  { secrets, databaseUrls, dataDir }: { secrets: Secrets; databaseUrls: Settings; dataDir: string },
): Settings {
  const addresses = services.flatMap((spec) => (spec.urlSetting ? [[spec.urlSetting, addressOf(spec, given)]] : []))
  const ports = [...services, ...simulators].map((spec) => [spec.portSetting, String(portOf(spec, given))])
  const gateway = services.find(({ name }) => name === 'gateway') as ProcessSpec
  return {
    HOST: loopback,
    // Also where the gateway itself is to be reached from elsewhere.
    METRICS_HOST: loopback,
    PUBLIC_BASE_URL: `http://localhost:${portOf(gateway, given)}`,
    JWT_PRIVATE_KEY: secrets.jwtPrivateKey ?? '',
    MAIL_DIR: mailDir(dataDir),
    ...Object.fromEntries([...addresses, ...ports]),
    ...databaseUrls,
    ...given,
    ...simulatorSettings(given, secrets, dataDir),
    ...adminSettings(given, secrets),
  }
}

/** The environment of one process: its own settings and nothing of anybody else's. */
export function environmentOf(spec: ProcessSpec, settings: Settings, secrets: Secrets): NodeJS.ProcessEnv {
  const own = Object.fromEntries(spec.settings.flatMap((name) => (settings[name] ? [[name, settings[name]]] : [])))
  const ambient = Object.fromEntries(
    ambientNames.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  )
  const proof = { SERVICE_KEY: secrets[serviceKeyName(spec.name)], SERVICE_PUBLIC_KEYS: publicKeysOf(secrets) }
  return { ...ambient, HOST: loopback, ...own, ...(spec.provesItself ? proof : {}) }
}

function simulatorSettings(given: GivenSettings, secrets: Secrets, dataDir: string): Settings {
  const wanted = simulators.filter(({ isWanted }) => isWanted(given))
  const keysOf = (name: string) => ({ secrets, journal: journalFile(dataDir, name) })
  return Object.assign({}, ...wanted.map((spec) => spec.settingsAt(addressOf(spec, given), keysOf(spec.name), given)))
}

// In a database of the user's own nobody is made admin unasked.
function adminSettings(given: GivenSettings, secrets: Secrets): Settings {
  if (given.AUTH_DATABASE_URL && !given.ADMIN_EMAIL) return {}
  return {
    ADMIN_EMAIL: given.ADMIN_EMAIL ?? defaultAdminEmail,
    ADMIN_PASSWORD: given.ADMIN_PASSWORD ?? secrets.adminPassword ?? '',
  }
}
