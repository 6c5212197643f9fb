import type { Sequelize } from 'sequelize'
import { queryRows } from './database'

export interface WaitingJob {
  task: string
  key: string
  /** When it is tried next; it is not any more where it gave up. */
  runAt: Date
  /** Those included that did not count, because the other side was only down. */
  tries: number
  lastError: string | null
  gaveUp: boolean
}

/** The jobs under these keys that are still to be done, those that gave up included; the soonest first. */
export function findJobs(database: Sequelize, keys: readonly string[]): Promise<WaitingJob[]> {
  return queryRows<WaitingJob>(
    database,
    `SELECT task, key, run_at AS "runAt", 0 AS tries, NULL AS "lastError", false AS "gaveUp"
     FROM delayed_jobs WHERE key = ANY ($1)
     UNION ALL
     SELECT t.identifier, j.key, j.run_at, j.attempts + coalesce((j.payload ->> 'postponed')::int, 0),
       coalesce(j.last_error, j.payload ->> 'postponedFor'), j.attempts >= j.max_attempts AND j.locked_at IS NULL
     FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id
     WHERE j.key = ANY ($1)
     ORDER BY "runAt"`,
    [keys],
  )
}
