import type { FailedJob, failedJobEndpoints } from '@duka/contracts'
import type { Sequelize } from 'sequelize'
import { z } from 'zod'
import { queryRow, queryRows } from './database'
import { notFound } from './errors'
import type { Log } from './log'
import { cutPage, decodeCursor } from './page'
import { type Route, route } from './server'
import type { User } from './user-tokens'

interface Deps {
  database: Sequelize
  log: Log
}

/** Serves the jobs of a service's own queue that gave up: a person sees why, and may have them tried again. */
export function failedJobRoutes(deps: Deps, { list, replay }: ReturnType<typeof failedJobEndpoints>): Route[] {
  return [
    route(list, ({ query }) => listFailedJobs(deps, query)),
    route(replay, ({ params, user }) => replayJob(deps, user, params.id)),
  ]
}

interface Row {
  id: string
  task: string
  key: string | null
  attempts: number
  last_error: string | null
  request_id: string | null
  created_at: Date
  failed_at: Date
}

interface Page {
  page: number
  limit: number
  cursor?: string | undefined
}

/** The queue notes only when a job was added. Its trouble says when the last try failed; one without a key has none. */
const failedAt = 'coalesce((SELECT t.last_failed_at FROM job_troubles t WHERE t.key = j.key), j.updated_at)'
const gaveUp = 'j.attempts >= j.max_attempts AND j.locked_at IS NULL'
const jobId = z.string().regex(/^\d{1,18}$/)

async function listFailedJobs({ database }: Deps, { page: currentPage, limit, cursor }: Page) {
  const before = cursor === undefined ? null : decodeCursor(cursor, z.tuple([jobId]))[0]
  const [rows, count] = await Promise.all([
    queryRows<Row>(
      database,
      `SELECT j.id::text, t.identifier AS task, j.key, j.attempts, j.last_error, j.payload ->> 'requestId' AS request_id,
         j.created_at, ${failedAt} AS failed_at
       FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id
       WHERE ${gaveUp} AND ($1::bigint IS NULL OR j.id < $1) ORDER BY j.id DESC LIMIT $2 OFFSET $3`,
      [before, limit + 1, cursor === undefined ? (currentPage - 1) * limit : 0],
    ),
    queryRow<{ total: number }>(
      database,
      `SELECT count(*)::int AS total FROM graphile_worker._private_jobs j WHERE ${gaveUp}`,
    ),
  ])
  const { page, nextCursor } = cutPage(rows, limit, ({ id }) => [id])
  const totalJobs = count?.total ?? 0
  return { jobs: page.map(toJob), currentPage, totalPages: Math.ceil(totalJobs / limit), totalJobs, nextCursor }
}

function toJob(row: Row): FailedJob {
  return {
    id: row.id,
    task: row.task,
    key: row.key,
    tries: row.attempts,
    lastError: row.last_error,
    requestId: row.request_id,
    createdAt: row.created_at.toISOString(),
    failedAt: row.failed_at.toISOString(),
  }
}

async function replayJob({ database, log }: Deps, user: User, id: string) {
  const job = jobId.safeParse(id).success ? await makeDue(database, id) : undefined
  if (!job) throw notFound('job that gave up')
  log.info('job_replayed', { jobId: id, key: job.key, userId: user.id })
  return { message: 'The job is tried again.' }
}

function makeDue(database: Sequelize, id: string) {
  return queryRow<{ key: string | null }>(
    database,
    `WITH locked AS MATERIALIZED (
       SELECT id FROM graphile_worker._private_jobs j WHERE j.id = $1::bigint AND ${gaveUp} FOR UPDATE)
     SELECT r.key FROM locked
     CROSS JOIN LATERAL graphile_worker.reschedule_jobs(ARRAY[locked.id], run_at := now(), attempts := 0) r`,
    [id],
  )
}
