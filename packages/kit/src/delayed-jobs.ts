import type { Pool } from 'pg'
import type { Sequelize, Transaction } from 'sequelize'
import { queryRows } from './database'

/**
 * Jobs whose time has not come wait in a plain table: most are dropped before it does, because what they guard against
 * did not happen. A row costs less than adding to the queue and taking back, and wakes no worker.
 */
export const delayedJobsTable = `
  CREATE TABLE IF NOT EXISTS delayed_jobs (
    key text PRIMARY KEY,
    task text NOT NULL,
    payload json NOT NULL,
    run_at timestamptz NOT NULL
  );
  CREATE INDEX IF NOT EXISTS delayed_jobs_run_at ON delayed_jobs (run_at);`

export interface DelayedJob {
  key: string
  task: string
  payload: string
  runAt: Date
}

/** A job that takes the place of the one that waits under its key; its four values begin at `$first`. */
const addJob = (first: number, runAt: string, from: string, payload = `$${first + 2}::json`) => `
  INSERT INTO delayed_jobs (key, task, payload, run_at)
  SELECT $${first}::text, $${first + 1}::text, ${payload}, ${runAt} ${from}
  ON CONFLICT (key) DO UPDATE SET task = excluded.task, payload = excluded.payload, run_at = excluded.run_at`

const addOne = addJob(1, '$4::timestamptz', '')

export async function delayJob(database: Sequelize, transaction: Transaction | null, job: DelayedJob): Promise<void> {
  await queryRows(database, addOne, valuesOf(job), transaction)
}

function valuesOf({ key, task, payload, runAt }: DelayedJob): string[] {
  return [key, task, payload, runAt.toISOString()]
}

/**
 * The same as a part of the statement whose part `from` makes the change that causes the job: where that gives no row,
 * there is no job. A statement that does all by itself needs no transaction around it. `runAt` is a time or a column of
 * `from`; the values begin at `$first`. A column of `from` may have the traceparent that the job belongs to.
 */
export function delayedJobPart(
  from: string,
  first: number,
  { key, task, payload, runAt }: Omit<DelayedJob, 'runAt'> & { runAt: Date | string },
  traceColumn?: string,
): { sql: string; values: string[] } {
  const isColumn = typeof runAt === 'string'
  const time = isColumn ? runAt : `$${first + 3}::timestamptz`
  const kept = traceColumn && withTrace(`$${first + 2}::jsonb`, traceColumn)
  const sql = `delayed_job AS (${addJob(first, time, `FROM ${from}`, kept)})`
  return { sql, values: [key, task, payload, ...(isColumn ? [] : [runAt.toISOString()])] }
}

/** Where the column is null, the job keeps the trace of the work that adds it. */
function withTrace(payload: string, column: string): string {
  return `(${payload} || jsonb_strip_nulls(jsonb_build_object('traceparent', ${column})))::json`
}

/** Drops a job whose work is done, wherever it waits. */
export async function dropJob(database: Sequelize, key: string): Promise<void> {
  const dropped = await queryRows(database, 'DELETE FROM delayed_jobs WHERE key = $1 RETURNING 1', [key])
  if (dropped.length === 0) await queryRows(database, 'SELECT 1 FROM graphile_worker.remove_job($1::text)', [key])
}

const batch = 200

/** Gives what is due to the queue, in one transaction; instances share the work. */
export async function queueDueJobs(pool: Pool, maxAttempts: number): Promise<void> {
  for (let moved = batch; moved === batch; ) {
    const { rowCount } = await pool.query(
      `WITH due AS (
         DELETE FROM delayed_jobs
         WHERE key IN (
           SELECT key FROM delayed_jobs WHERE run_at <= now() ORDER BY run_at LIMIT ${batch} FOR UPDATE SKIP LOCKED)
         RETURNING key, task, payload)
       SELECT graphile_worker.add_job(task, payload := payload, max_attempts := $1, job_key := key) FROM due`,
      [maxAttempts],
    )
    moved = rowCount ?? 0
  }
}
