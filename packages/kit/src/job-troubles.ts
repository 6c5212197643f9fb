import type { Sequelize } from 'sequelize'
import { queryRows } from './database'
import { RemoteUnavailable } from './errors'

/**
 * What did not go well at its first try: how often it failed, why, and what became of it in the end. Jobs leave the queue
 * without a trace, so this is what a person can read later. What goes well at once writes nothing here.
 */
export const jobTroublesTable = `
  CREATE TABLE IF NOT EXISTS job_troubles (
    key text PRIMARY KEY,
    failures integer NOT NULL DEFAULT 1,
    first_failed_at timestamptz NOT NULL DEFAULT now(),
    last_failed_at timestamptz NOT NULL DEFAULT now(),
    last_error text NOT NULL,
    outcome text CHECK (outcome IN ('done', 'gave_up')),
    ended_at timestamptz
  );
  CREATE INDEX IF NOT EXISTS job_troubles_ended_at ON job_troubles (ended_at);`

/** Runs one statement, on whatever connection. */
type Run = (sql: string, bind: unknown[]) => Promise<unknown>

const maxErrorLength = 500

const waits = (key: string) =>
  `EXISTS (SELECT 1 FROM delayed_jobs d WHERE d.key = ${key} UNION ALL SELECT 1 FROM graphile_worker._private_jobs j WHERE j.key = ${key})`

interface Failure {
  error: unknown
  /** When the try began, by performance.now(). */
  startedAt: number
  /** It was the last one. */
  gaveUp?: boolean
}

/** Notes that a try of a job failed. It says nothing where another try was good while this one waited for its answer. */
export async function noteTrouble(run: Run, key: string, { error, startedAt, gaveUp = false }: Failure): Promise<void> {
  await run(
    `INSERT INTO job_troubles AS t (key, last_error, outcome, ended_at)
     SELECT $1, $2, CASE WHEN $3::boolean THEN 'gave_up' END, CASE WHEN $3 THEN now() END WHERE ${waits('$1')}
     ON CONFLICT (key) DO UPDATE SET failures = t.failures + 1, last_failed_at = now(), last_error = excluded.last_error,
       outcome = excluded.outcome, ended_at = excluded.ended_at
       WHERE t.ended_at IS NULL OR t.ended_at < now() - make_interval(secs => $4)`,
    [key, reasonOf(error).slice(0, maxErrorLength), gaveUp, (performance.now() - startedAt) / 1000],
  )
}

function reasonOf(error: unknown): string {
  if (error instanceof RemoteUnavailable) return `${error.target}: ${error.reason}`
  return error instanceof Error ? error.message : String(error)
}

/** Of a job that the queue has done; it changes nothing where nothing went wrong. */
export const endTrouble = `UPDATE job_troubles SET outcome = 'done', ended_at = now()
  WHERE key = $1 AND outcome IS DISTINCT FROM 'done'`

export interface JobTrouble {
  /** Of the job, such as `commit-stock`. */
  task: string
  key: string
  failures: number
  firstFailedAt: Date
  lastFailedAt: Date
  lastError: string
  /** null while it is tried again. */
  outcome: 'done' | 'gave_up' | null
  /** Or when it failed for the last time, where no more is known. */
  endedAt: Date
}

/**
 * What went wrong with the jobs under these keys, also where they are long done; the first trouble first. A job that was
 * dropped before the queue had it, because a later try at once was good, is noted nowhere: it just waits no more.
 */
export function findTroubles(database: Sequelize, keys: readonly string[]): Promise<JobTrouble[]> {
  return queryRows<JobTrouble>(
    database,
    `SELECT split_part(key, ':', 1) AS task, key, failures, first_failed_at AS "firstFailedAt",
       last_failed_at AS "lastFailedAt", last_error AS "lastError",
       CASE WHEN outcome IS NOT NULL OR ${waits('t.key')} THEN outcome ELSE 'done' END AS outcome,
       coalesce(ended_at, last_failed_at) AS "endedAt"
     FROM job_troubles t WHERE key = ANY ($1) ORDER BY first_failed_at`,
    [keys],
  )
}

const keptDays = 400

/** Forgets what ended so long ago that nobody asks any more. */
export async function deleteOldTroubles(run: Run): Promise<void> {
  await run(`DELETE FROM job_troubles WHERE ended_at < now() - make_interval(days => $1)`, [keptDays])
}

const times = (count: number) => (count === 1 ? 'once' : `${count} times`)

/** The same as entries of a timeline: that it failed, and what became of it. */
export function describeTrouble({ task, key, failures, lastError, ...trouble }: JobTrouble) {
  const { firstFailedAt, lastFailedAt, outcome, endedAt } = trouble
  const detail = { task, key, failures, lastError, lastFailedAt: lastFailedAt.toISOString() }
  const nobody = { actor: null, requestId: null }
  const failed = `The step ${task} failed ${times(failures)}, the last time: ${lastError}`
  const ends = {
    done: `The step ${task} was done after all.`,
    gave_up: `The step ${task} was given up after its last try.`,
  }
  return [
    { at: firstFailedAt.toISOString(), kind: 'job_failed', text: failed, detail, ...nobody },
    ...(outcome ? [{ at: endedAt.toISOString(), kind: `job_${outcome}`, text: ends[outcome], detail, ...nobody }] : []),
  ]
}
