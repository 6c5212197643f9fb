import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'
import { services } from '../supervisor/processes'
import { type Check, codeOf, type Finding, ok, warning, wrong } from './check'
import type { Installation } from './installation'
import { checkEncryption, unreachable, withDatabase } from './open-database'

/** A replica that takes longer to show what the primary has is of little use. */
const patienceMs = 5_000
/** Services ask twice a second where the primary's log ends (packages/kit/src/reads.ts). */
const leastLagSeconds = 1

type Replica = { service: string; what: string; setting: string; url: string; primaryUrl: string | undefined }

/** Each replica that lists are read from: reachable, readable, of that very database, not far behind. */
export const replicasCheck: Check = {
  name: 'read replicas',
  run: async (installation) => {
    const replicas = findReplicas(installation)
    const found = await Promise.all(replicas.map((each) => examine(each)))
    const names = replicas.map(({ service }) => service)
    return [...found.flat(), ...checkAllowance(names, installation.settings.READ_MAX_LAG_SECONDS)]
  },
}

function findReplicas({ settings, databases }: Installation): Replica[] {
  return services.flatMap(({ name: service, settings: known }) => {
    const setting = `${service.toUpperCase()}_DATABASE_READ_URL`
    const url = known.includes(setting) ? settings[setting] : undefined
    return url ? [{ service, what: `${service} replica`, setting, url, primaryUrl: databases[service] }] : []
  })
}

async function examine(replica: Replica): Promise<Finding[]> {
  const { what, setting, url } = replica
  try {
    return await withDatabase(url, async (client) => {
      const { rows } = await client.query<Facts>(facts)
      const { in_recovery: isReplica, unreadable, tls } = rows[0] as Facts
      if (!isReplica) {
        return [
          wrong(
            what,
            'is no replica, so nothing is read there',
            `point ${setting} at a streaming replica, or empty it`,
          ),
        ]
      }
      const problems = [
        ...(unreadable > 0
          ? [
              wrong(
                what,
                `its user may not read ${unreadable} of its tables`,
                `${setting}: use the user of the service`,
              ),
            ]
          : []),
        ...checkEncryption(what, tls, url),
      ]
      return [...problems, ...(await compareWithPrimary(replica, client))]
    })
  } catch (error) {
    return [unreachable(what, setting, codeOf(error))]
  }
}

type Facts = { in_recovery: boolean; unreadable: number; tls: boolean }

const facts = `SELECT pg_is_in_recovery() AS in_recovery,
  (SELECT count(*)::int FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT has_table_privilege(oid, 'SELECT')) AS unreadable,
  coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS tls`

/** One cluster of databases has one identifier, which its replicas share; a database in it has a number. */
const identity = `SELECT (SELECT system_identifier FROM pg_control_system()) || '/' ||
  (SELECT oid FROM pg_database WHERE datname = current_database()) AS identity`
const endOfLog = `SELECT pg_current_wal_flush_lsn()::text AS position, current_setting('synchronous_commit') AS commits`

type Position = { position: string; commits: string }

async function compareWithPrimary({ what, setting, primaryUrl }: Replica, client: Client): Promise<Finding[]> {
  const known = await withDatabase(primaryUrl, async (primary) => {
    const { identity: own } = (await primary.query<{ identity: string }>(identity)).rows[0] as { identity: string }
    const startedAt = performance.now()
    return { own, startedAt, ...((await primary.query<Position>(endOfLog)).rows[0] as Position) }
  }).catch(() => undefined)
  if (!known) return [warning(what, 'not compared: its primary could not be asked', 'mend the database first')]
  const { rows } = await client.query<{ identity: string }>(identity)
  if (rows[0]?.identity !== known.own) {
    return [wrong(what, 'is the replica of another database', `point ${setting} at a replica of this one`)]
  }
  if (known.commits === 'off') {
    const says = 'nothing is known of what it shows: at its primary synchronous_commit is off'
    return [warning(what, says, 'set it to on, or read no lists there')]
  }
  return [await measureLag(what, client, known)]
}

/** Waits until it shows what the primary had at a moment: no clock of either has a say. */
async function measureLag(
  what: string,
  client: Client,
  { position, startedAt }: { position: string; startedAt: number },
): Promise<Finding> {
  const replayed = `SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS is_there, pg_is_wal_replay_paused() AS is_paused`
  for (;;) {
    const { rows } = await client.query<{ is_there: boolean; is_paused: boolean }>(replayed, [position])
    const passedMs = performance.now() - startedAt
    if (rows[0]?.is_there) return ok(what, `shows what its primary had ${Math.ceil(passedMs)} ms before`)
    if (rows[0]?.is_paused) return warning(what, 'replays nothing: it is paused', 'SELECT pg_wal_replay_resume() there')
    if (passedMs > patienceMs) return warning(what, `is over ${patienceMs / 1000} s behind`, lateMend)
    await wait(100)
  }
}

const lateMend = "look at pg_stat_replication of the primary, and at the replica's disk and long statements"

/** Whether what the gateway allows makes use of them. */
export function checkAllowance(replicas: string[], allowed: string | undefined): Finding[] {
  const what = 'read replicas'
  const signedIn = replicas.filter((service) => service !== 'product')
  if (!allowed) {
    const says = `without READ_MAX_LAG_SECONDS nobody's lists are read at those of ${signedIn.join(', ')}`
    return signedIn.length > 0 ? [warning(what, says, 'set it for the gateway, say to 5')] : []
  }
  if (replicas.length === 0) {
    return [warning(what, 'READ_MAX_LAG_SECONDS has no effect: no …_DATABASE_READ_URL is set', 'set one, or empty it')]
  }
  if (Number(allowed) >= leastLagSeconds) return []
  const says = `READ_MAX_LAG_SECONDS is ${allowed}: services learn twice a second what a replica must show, so most reads will not be made there`
  return [warning(what, says, `set it to ${leastLagSeconds} or more`)]
}
