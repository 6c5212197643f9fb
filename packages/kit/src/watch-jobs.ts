import type { Pool } from 'pg'
import { gauge, histogram, type Reading, readSeldom } from './metrics'

const durations = histogram({
  name: 'job_duration_seconds',
  help: 'Time of a try of a job, and what came of it: done, retried (it comes again) or gave_up.',
  labels: ['task', 'outcome'],
  bounds: [0.01, 0.05, 0.25, 1, 5, 30],
})

export type Outcome = 'done' | 'retried' | 'gave_up'

export function jobEnded(task: string, outcome: Outcome, startedAt: number): void {
  durations.with(task, outcome).observeSince(startedAt)
}

interface Row {
  task: string
  waiting: number
  age: number
  gave_up: number
}

/** More is not counted: a queue that long is too long whatever its length. */
const maxCounted = 10_000

/** Jobs that are due or come again, those that wait in the plain table for a time that has come, and those that gave up. */
const statement = `
  SELECT task, count(*) FILTER (WHERE NOT gave_up)::int AS waiting, count(*) FILTER (WHERE gave_up)::int AS gave_up,
    greatest(0, extract(epoch FROM now() - min(run_at) FILTER (WHERE NOT gave_up)))::float8 AS age
  FROM (
    (SELECT t.identifier AS task, j.run_at, false AS gave_up
     FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id
     WHERE j.is_available ORDER BY j.priority, j.run_at LIMIT ${maxCounted})
    UNION ALL
    (SELECT task, run_at, false FROM delayed_jobs WHERE run_at <= now() ORDER BY run_at LIMIT ${maxCounted})
    UNION ALL
    (SELECT t.identifier, j.run_at, true
     FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id
     WHERE NOT j.is_available AND j.locked_at IS NULL LIMIT ${maxCounted})
  ) AS jobs
  GROUP BY task`

/** Says how the queue stands, when somebody looks. A task without jobs is told as 0. */
export function watchJobs(pool: Pool, tasks: readonly string[]): void {
  const read = readSeldom(async () => {
    const { rows } = await pool.query<Row>(statement)
    const found = new Map(rows.map((row) => [row.task, row]))
    return tasks.map((task) => found.get(task) ?? { task, waiting: 0, age: 0, gave_up: 0 })
  })
  const readField = (field: 'waiting' | 'age' | 'gave_up') => async () =>
    (await read()).map((row): Reading => [row[field] ?? 0, row.task])
  gauge({
    name: 'jobs_waiting',
    help: 'Jobs that are due or will be tried again.',
    labels: ['task'],
    read: readField('waiting'),
  })
  gauge({
    name: 'jobs_oldest_due_age_seconds',
    help: 'How long the job that is due for longest has been due.',
    labels: ['task'],
    read: readField('age'),
  })
  gauge({
    name: 'jobs_gave_up',
    help: 'Jobs that are not tried any more until a person says so.',
    labels: ['task'],
    read: readField('gave_up'),
  })
}
