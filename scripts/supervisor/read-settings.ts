import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { isConnectionString } from '@duka/kit/connection-string'
import { exitCodes, OperatorError } from '../operator-error'
import { type ProcessSpec, portsOf, services, settingNames, simulators } from './processes'
import { readEnvFile } from './read-env-file'

export type GivenSettings = Readonly<Record<string, string>>

/** What the user set: the environment over the .env file of the root folder; empty means not set. */
export function readGivenSettings(rootDir: string, env: NodeJS.ProcessEnv): GivenSettings {
  const all = Object.entries({ ...readEnvFile(rootDir), ...env }).filter(
    ([name, value]) => settingNames.has(name) && value,
  )
  const given = Object.fromEntries(all) as Record<string, string>
  // Some shells export the machine's name as HOST, which says nothing about where to listen.
  if (given.HOST && isIP(given.HOST) === 0) delete given.HOST
  return given
}

export function dataDirOf(rootDir: string, given: GivenSettings): string {
  return resolve(rootDir, given.DUKA_DATA_DIR ?? '.duka')
}

/** The processes that these settings ask for. */
export function chooseProcesses(given: GivenSettings): ProcessSpec[] {
  return [...services, ...simulators.filter(({ isWanted }) => isWanted(given))]
}

export function portOf({ portSetting, defaultPort }: ProcessSpec, given: GivenSettings): number {
  return Number(given[portSetting] ?? defaultPort)
}

/** Refuses settings that the supervisor itself would trip over; the services check the rest of theirs. */
export function checkSettings(given: GivenSettings): void {
  const problems = [...portProblems(given), ...databaseProblems(given), ...mpesaProblems(given)]
  if (problems.length > 0) throw new OperatorError(problems.join(' '), exitCodes.wrongSetting)
}

function portProblems(given: GivenSettings): string[] {
  const named = chooseProcesses(given)
    .flatMap(portsOf)
    .map(([setting, port]) => [setting, given[setting] ?? String(port)] as const)
  if (given.POSTGRES_PORT) named.push(['POSTGRES_PORT', given.POSTGRES_PORT])
  return named.flatMap(([name, value], index) => {
    if (!/^\d{1,5}$/.test(value) || Number(value) < 1 || Number(value) > 65_535) {
      return [`${name} must be a port number from 1 to 65535, but is "${value}".`]
    }
    const twin = named.slice(0, index).find(([, other]) => Number(other) === Number(value))
    return twin ? [`${name} and ${twin[0]} are both ${value}: give each its own port.`] : []
  })
}

function databaseProblems(given: GivenSettings): string[] {
  return services.flatMap(({ database }) => {
    const url = database && given[database.setting]
    if (!url || isConnectionString(url, ['postgres', 'postgresql'])) return []
    // The value stays out of the message: it may hold a password.
    return [
      `${database.setting} must look like postgres://user:password@host:5432/database, with % # / ? @ in its password written as %25 %23 %2F %3F %40.`,
    ]
  })
}

// A misspelt name must not end in a shop that takes play money for real.
function mpesaProblems(given: GivenSettings): string[] {
  const { MPESA_ENVIRONMENT, MPESA_CONSUMER_KEY, MPESA_CONSUMER_SECRET } = given
  const environment = MPESA_ENVIRONMENT && !['sandbox', 'production'].includes(MPESA_ENVIRONMENT)
  return [
    ...(environment ? [`MPESA_ENVIRONMENT must be sandbox or production, but is "${MPESA_ENVIRONMENT}".`] : []),
    ...(MPESA_CONSUMER_SECRET && !MPESA_CONSUMER_KEY
      ? ['MPESA_CONSUMER_SECRET is set without MPESA_CONSUMER_KEY.']
      : []),
  ]
}

const loopbackHosts = ['localhost', '127.0.0.1', '[::1]']

/** Settings by which a database is the user's own. */
export function foreignDatabases(given: GivenSettings): string[] {
  return services.flatMap(({ database }) => (database && given[database.setting] ? [database.setting] : []))
}

/** Settings by which money may have moved at a provider that is not simulated on this machine. */
export function foreignProviders(given: GivenSettings): string[] {
  const isLocal = (url: string | undefined) =>
    url !== undefined && URL.canParse(url) && loopbackHosts.includes(new URL(url).hostname)
  const mpesa = ['MPESA_BASE_URL', 'MPESA_CONSUMER_KEY', 'MPESA_ENVIRONMENT'].filter((name) => given[name])
  const stripe = ['STRIPE_API_BASE_URL', 'STRIPE_SECRET_KEY'].filter((name) => given[name])
  const isSimulated = (wanted: string) => simulators.some(({ name, isWanted }) => name === wanted && isWanted(given))
  return [
    ...(isSimulated('daraja') || isLocal(given.MPESA_BASE_URL) ? [] : mpesa),
    ...(isLocal(given.STRIPE_API_BASE_URL) ? [] : stripe),
  ]
}
