import type { WorkerEvents } from 'graphile-worker'
import { Client } from 'pg'
import { errorFields, type Log } from './log'

/**
 * A process that is killed leaves its jobs locked for hours. So every living pool of workers holds a session advisory
 * lock for its id, under which it locks jobs, and PostgreSQL drops that lock with the connection; jobs of a pool whose
 * lock is free are unlocked, and only those.
 */
const lockSpace = 7_423_002
const everyMs = 5_000
/** Younger locks are left alone: their pool may not have taken its advisory lock yet. */
const minAgeSeconds = 10

interface Options {
  databaseUrl: string
  events: WorkerEvents
  log: Log
}

export function releaseDeadWorkers({ databaseUrl, events, log }: Options): { stop(): Promise<void> } {
  const own = new Set<string>()
  let connection: Client | undefined
  let held = new Set<string>()
  events.on('pool:create', ({ workerPool }) => {
    own.add(workerPool.id)
    tick()
  })
  // What a pool that gave up could not lay down is found below, like the jobs of a dead process.
  events.on('pool:release', ({ workerPool }) => own.delete(workerPool.id))

  async function connected(): Promise<Client> {
    if (connection) return connection
    const client = new Client({ connectionString: databaseUrl, application_name: 'job-locks' })
    client.on('error', (error) => {
      log.warn('job_lock_connection_lost', errorFields(error))
      connection = undefined
      held = new Set()
      if (!stopped) tick()
    })
    await client.connect()
    connection = client
    return client
  }

  async function sweep(): Promise<void> {
    const client = await connected()
    for (const id of own) if (!held.has(id) && (await tryLock(client, id))) held.add(id)
    const { rows } = await client.query<{ id: string }>(lockedLongAgo, [minAgeSeconds, [...own]])
    for (const { id } of rows) if (await tryLock(client, id)) await unlockWorker(client, id, log)
  }

  let stopped = false
  let work = Promise.resolve()
  function tick(): void {
    work = work.then(sweep).catch((error) => {
      log.warn('job_lock_sweep_failed', errorFields(error))
    })
  }
  tick()
  const timer = setInterval(tick, everyMs)
  return {
    async stop() {
      stopped = true
      clearInterval(timer)
      await work
      await connection?.end()
    },
  }
}

const lockedLongAgo = `
  SELECT DISTINCT locked_by AS id FROM graphile_worker._private_jobs
  WHERE locked_at < now() - make_interval(secs => $1) AND NOT locked_by = ANY($2)`

async function tryLock(client: Client, id: string): Promise<boolean> {
  const { rows } = await client.query('SELECT pg_try_advisory_lock($1, hashtext($2)) AS ok', [lockSpace, id])
  return rows[0]?.ok === true
}

async function unlockWorker(client: Client, id: string, log: Log): Promise<void> {
  log.warn('dead_worker_unlocked', { worker: id })
  await client.query('SELECT graphile_worker.force_unlock_workers($1)', [[id]])
  await client.query('SELECT pg_advisory_unlock($1, hashtext($2))', [lockSpace, id])
}
