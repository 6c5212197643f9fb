import type { Client } from 'pg'
import { type Check, codeOf, type Finding, ok, warning, wrong } from './check'
import { checkGivenUpJobs } from './check-jobs'
import { checkMigrations } from './check-migrations'
import type { Installation } from './installation'
import { checkEncryption, unreachable, withDatabase } from './open-database'
import { compareClocks } from './skew'

const oldestMajor = 14
/** A service's pool, its workers' connections and the one that listens for jobs (packages/kit). */
const connectionsPerService = 10 + 6 + 1

export type Opened = { service: string; client: Client; installation: Installation }

/** Each service's database: reachable, writable, its own, of a version that will do, up to date. */
export const databasesCheck: Check = {
  name: 'databases',
  run: async (installation) => {
    const services = Object.keys(installation.databases)
    const found = await Promise.all(services.map((service) => examine(service, installation)))
    return [...found.flat(), ...sharedDatabases(installation)]
  },
}

async function examine(service: string, installation: Installation): Promise<Finding[]> {
  try {
    return await withDatabase(installation.databases[service], async (client) => {
      const opened = { service, client, installation }
      return [...(await checkServer(opened)), ...(await checkMigrations(opened)), ...(await checkGivenUpJobs(opened))]
    })
  } catch (error) {
    return [unreachable(`${service} database`, `${service.toUpperCase()}_DATABASE_URL`, codeOf(error))]
  }
}

type Facts = {
  version: number
  role: string
  superuser: boolean
  can_create: boolean
  replica: boolean
  encoding: string
  tls: boolean
  connections: number
  now: Date
}

const facts = `SELECT current_setting('server_version_num')::int / 10000 AS version, current_user AS role,
  (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
  has_schema_privilege('public', 'CREATE') AND has_database_privilege(current_database(), 'CREATE') AS can_create,
  pg_is_in_recovery() AS replica, current_setting('server_encoding') AS encoding,
  coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS tls,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS connections,
  clock_timestamp() AS now`

async function checkServer({ service, client, installation }: Opened): Promise<Finding[]> {
  const before = Date.now()
  const { rows } = await client.query<Facts>(facts)
  const clock = compareClocks(`${service} database clock`, (rows[0] as Facts).now, before, Date.now())
  const problems = findProblems(`${service} database`, rows[0] as Facts, installation.databases[service] ?? '')
  const summary = ok(`${service} database`, `PostgreSQL ${rows[0]?.version} as ${rows[0]?.role}`)
  const room = checkRoom(service, rows[0] as Facts, installation)
  return [...(problems.length > 0 ? problems : [summary]), ...room, ...(clock.level === 'ok' ? [] : [clock])]
}

/** What is wrong about a server, by what it says of itself. */
export function findProblems(
  what: string,
  { version, superuser, can_create, replica, encoding, tls }: Omit<Facts, 'now' | 'connections'>,
  url: string,
): Finding[] {
  return [
    ...(version < oldestMajor
      ? [wrong(what, `PostgreSQL ${version} is too old`, `upgrade it to ${oldestMajor} or newer`)]
      : []),
    ...(replica ? [wrong(what, 'is a replica, which takes no changes', 'point the URL at the primary')] : []),
    ...(can_create ? [] : [wrong(what, 'its role may not create tables', 'make the role the owner of the database')]),
    ...(encoding === 'UTF8' ? [] : [wrong(what, `its encoding is ${encoding}`, 'create it anew with ENCODING UTF8')]),
    ...(superuser
      ? [warning(what, 'its role is a superuser', 'give the service a role that owns this database only')]
      : []),
    ...checkEncryption(what, tls, url),
  ]
}

function checkRoom(service: string, { connections }: Facts, { databases }: Installation): Finding[] {
  const server = (url: string | undefined) => new URL(url ?? '').host
  const sharing = Object.keys(databases).filter((each) => server(databases[each]) === server(databases[service]))
  const needed = sharing.length * connectionsPerService
  if (sharing[0] !== service || connections >= needed) return []
  const says = `its server takes ${connections} connections, and one instance of ${sharing.join(', ')} may want ${needed}`
  return [warning(`${service} database`, says, `raise max_connections above ${needed} for each set of instances`)]
}

function sharedDatabases({ databases }: Installation): Finding[] {
  const names = Object.keys(databases)
  const place = (service: string) => {
    const { host, pathname } = new URL(databases[service] ?? '')
    return host + pathname
  }
  return names.flatMap((service, index) => {
    const twin = names.slice(0, index).find((other) => place(other) === place(service))
    return twin
      ? [wrong(`${service} database`, `is the one of ${twin}`, 'give each service a database of its own')]
      : []
  })
}
