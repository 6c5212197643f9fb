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

/** One with the same key takes the place of the one that waits. */
export async function delayJob(
  database: Sequelize,
  transaction: Transaction | null,
  { key, task, payload, runAt }: DelayedJob,
): Promise<void> {
  await queryRows(
    database,
    `INSERT INTO delayed_jobs (key, task, payload, run_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (key) DO UPDATE SET task = excluded.task, payload = excluded.payload, run_at = excluded.run_at`,
    [key, task, payload, runAt.toISOString()],
    transaction,
  )
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
