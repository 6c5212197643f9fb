import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFileSync, chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { eventually } from '@duka/testkit'
import { Client } from 'pg'
import { type Postgres, removePostgres, startPostgres } from '../scripts/postgres'

export type Replicated = Awaited<ReturnType<typeof startReplicated>>

/** A PostgreSQL and a streaming replica of it. `prepare` fills it while there is no replica yet. */
export async function startReplicated(prepare: (primary: Postgres) => Promise<unknown>) {
  const dir = mkdtempSync(join(tmpdir(), 'duka-replicated-'))
  // Root has it run by another user, who must get there.
  chmodSync(dir, 0o755)
  const options = { password: randomBytes(12).toString('hex'), durable: true, maxConnections: 150 }
  const first = await startPostgres({ ...options, dataDir: join(dir, 'primary') })
  await prepare(first)
  await first.stop()
  const replicaDir = join(dir, 'replica')
  copyAsReplica(first.dataDir, replicaDir, first.port, options.password)
  const primary = await startPostgres({ ...options, dataDir: join(dir, 'primary'), port: first.port })
  const startReplica = (port?: number) => startPostgres({ ...options, dataDir: replicaDir, port })
  let replica = await startReplica()
  const { port } = replica

  return {
    primary,
    port,
    replicaUrlOf: replica.urlOf,
    replicaAdminUrl: replica.adminUrl,
    /** What is committed from now on shows at the primary only. */
    async pauseReplay() {
      await run(replica, 'SELECT pg_wal_replay_pause()')
      await eventually('replay to pause', async () => {
        const [row] = await run(replica, 'SELECT pg_get_wal_replay_pause_state() AS state')
        return row?.state === 'paused'
      })
    },
    resumeReplay: () => run(replica, 'SELECT pg_wal_replay_resume()'),
    runAtPrimary: (database: string, sql: string) => run(primary, sql, database),
    /** Waits until the replica shows all that the primary does. */
    async catchUp() {
      const [end] = await run(primary, 'SELECT pg_current_wal_flush_lsn()::text AS position')
      await eventually('the replica to catch up', async () => {
        const [row] = await run(replica, `SELECT pg_last_wal_replay_lsn() >= '${end?.position}' AS is_there`)
        return row?.is_there
      })
    },
    stopReplica: () => replica.stop(),
    async restartReplica() {
      replica = await startReplica(port)
    },
    async remove() {
      await replica.stop()
      await primary.stop()
      for (const name of ['replica', 'primary']) await removePostgres(join(dir, name))
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function copyAsReplica(from: string, to: string, port: number, password: string): void {
  if (dirname(from) !== dirname(to)) throw new Error(`The primary's data lie in ${from}, where no copy can be made`)
  execFileSync('cp', ['-a', from, to])
  const conninfo = `host=127.0.0.1 port=${port} user=duka password=${password}`
  appendFileSync(join(to, 'postgresql.auto.conf'), `primary_conninfo = '${conninfo}'\n`)
  const signal = join(to, 'standby.signal')
  writeFileSync(signal, '')
  const { uid, gid } = statSync(to)
  chownSync(signal, uid, gid)
}

async function run(server: Postgres, sql: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: server.adminUrl(database) })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
