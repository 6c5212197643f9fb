import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { completeSettings, environmentOf, type Settings } from '../supervisor/complete-settings'
import { findDatabase, findRunningPostgres } from '../supervisor/find-databases'
import { type ProcessSpec, services, simulators } from '../supervisor/processes'
import { dataDirOf, foreignDatabases, type GivenSettings } from '../supervisor/read-settings'
import { keepSecrets, makeSecrets, secretsFile } from '../supervisor/secrets'

/** What a doctor looks at: the shop of this machine, or the one that the settings tell of. */
export type Installation = {
  rootDir: string
  dataDir: string
  /** What the user set. */
  given: GivenSettings
  /** What the processes are told. */
  settings: Settings
  nodeEnv: string | undefined
  env: NodeJS.ProcessEnv
  /** Whether npm start keeps databases here, or would. */
  isEmbedded: boolean
  /** Nothing runs here that could be asked: npm start would start all of it. */
  isStopped: boolean
  /** Connection strings by service, of the databases that there are to ask. */
  databases: Record<string, string>
  /** The environment that a service would start with. */
  environmentOf(spec: ProcessSpec): NodeJS.ProcessEnv
  /** A compiled module of a service; undefined where its program is not on this machine. */
  load(service: string, module: string): unknown
}

/** Reads what there is, and changes nothing: secrets that are not there yet are made up for this look only. */
export function readInstallation(rootDir: string, given: GivenSettings, env: NodeJS.ProcessEnv): Installation {
  const dataDir = dataDirOf(rootDir, given)
  const secrets = existsSync(secretsFile(dataDir)) ? keepSecrets(dataDir) : makeSecrets()
  const databases = findDatabases(given, dataDir)
  const databaseUrls = Object.fromEntries(
    services.flatMap(({ name, database }) =>
      database ? [[database.setting, databases[name] ?? 'postgres://not-started']] : [],
    ),
  )
  const isEmbedded = foreignDatabases(given).length < Object.keys(databaseUrls).length
  const settings = completeSettings(given, { secrets, databaseUrls, dataDir })
  return {
    rootDir,
    dataDir,
    given,
    settings,
    nodeEnv: env.NODE_ENV,
    env,
    isEmbedded,
    isStopped: isEmbedded && findRunningPostgres(dataDir) === undefined,
    databases,
    environmentOf: (spec) => environmentOf(spec, settings, secrets),
    load: (service, module) => loadCompiled(join(rootDir, 'services', service, 'dist', module)),
  }
}

/** Whether npm start plays this provider itself. */
export function isSimulated(simulator: string, given: GivenSettings): boolean {
  return simulators.some(({ name, isWanted }) => name === simulator && isWanted(given))
}

function findDatabases(given: GivenSettings, dataDir: string): Record<string, string> {
  const isRunning = findRunningPostgres(dataDir) !== undefined
  const there = services.filter(({ database }) => database && (isRunning || given[database.setting]))
  return Object.fromEntries(there.map(({ name }) => [name, findDatabase(name, given, dataDir)]))
}

function loadCompiled(path: string): unknown {
  return existsSync(`${path}.js`) || existsSync(join(path, 'index.js')) ? require(path) : undefined
}
