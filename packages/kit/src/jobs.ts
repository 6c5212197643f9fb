import { EventEmitter } from 'node:events'
import { Logger, type TaskList } from 'graphile-worker'
import { Pool } from 'pg'
import type { Sequelize, Transaction } from 'sequelize'
import { currentRequestId, newId, runInContext } from './context'
import { queryRows } from './database'
import { type DelayedJob, delayedJobPart, delayJob, dropJob, queueDueJobs } from './delayed-jobs'
import { RemoteUnavailable } from './errors'
import { releaseDeadWorkers } from './job-locks'
import { deleteOldTroubles, endTrouble, noteTrouble } from './job-troubles'
import { errorFields, type Log } from './log'
import { isUnexpected } from './problem-writer'
import { reportError } from './report-errors'
import { runQueue } from './run-queue'
import { currentTraceparent, inSpan, resumeTrace } from './tracer'
import { jobEnded, type Outcome, watchJobs } from './watch-jobs'

export interface JobAtOnce {
  task: string
  payload: Record<string, unknown>
  /** While a job with this key waits, adding another replaces it. */
  key?: string
  runAt?: undefined
  /** Of the work that it belongs to, where that is not the work that adds it. */
  traceparent?: string | null | undefined
}

interface JobForLater extends Omit<JobAtOnce, 'runAt'> {
  key: string
  /** Not before this time. */
  runAt: Date
}

export type Job = JobAtOnce | JobForLater

const maxAttempts = 25
const maxPauseSeconds = 60

/**
 * Adds a job in the transaction of the change that causes it: it exists if, and only if, that change does.
 * It runs at least once, so what it does must be idempotent.
 */
export async function enqueue(database: Sequelize, transaction: Transaction | null, job: Job): Promise<void> {
  const { key, runAt } = job
  const { task, payload } = toRow(job)
  if (key && runAt && runAt > new Date()) return delayJob(database, transaction, { key, task, payload, runAt })
  await queryRows(
    database,
    `SELECT 1 FROM graphile_worker.add_job($1::text, payload := $2::json, max_attempts := ${maxAttempts}, job_key := $3::text)`,
    [task, payload, key ?? null],
    transaction,
  )
}

const firstTryGraceMs = 5_000

/**
 * For a step that the caller should see done: the job is added in the transaction, but a little later, and the work is
 * tried at once after the commit. Where that fails, or the process dies, the job does it.
 */
export function enqueueBackstop(
  database: Sequelize,
  transaction: Transaction,
  job: JobAtOnce & { key: string },
): Promise<void> {
  return enqueue(database, transaction, { ...job, runAt: graceEnd() })
}

/**
 * The same as a part of the statement that makes the change: see `delayedJobPart`. `from` may have a column with the
 * traceparent that the job belongs to.
 */
export function backstopPart(
  from: string,
  first: number,
  job: JobAtOnce & { key: string },
  columns: { traceparent?: string } = {},
) {
  return delayedJobPart(from, first, { ...toRow(job), key: job.key, runAt: graceEnd() }, columns.traceparent)
}

/** The same for a job that waits until the time in a column of `from`. */
export function laterPart(from: string, first: number, job: JobAtOnce & { key: string }, runAt: string) {
  return delayedJobPart(from, first, { ...toRow(job), key: job.key, runAt })
}

function graceEnd(): Date {
  return new Date(Date.now() + firstTryGraceMs)
}

function toRow({ task, payload, ...job }: Job): Pick<DelayedJob, 'task' | 'payload'> {
  const traceparent = job.traceparent ?? currentTraceparent()
  return { task, payload: JSON.stringify({ ...payload, requestId: currentRequestId() ?? newId(), traceparent }) }
}

/** Tries the work of a job that `enqueueBackstop` added, and drops the job if that succeeds. True where it did. */
export async function tryNow(
  database: Sequelize,
  key: string,
  log: Log,
  work: () => Promise<unknown>,
): Promise<boolean> {
  const startedAt = performance.now()
  try {
    await inSpan(`try ${taskOf(key)}`, {}, work)
    await dropJob(database, key)
    return true
  } catch (error) {
    log.warn('left_to_job', { key, ...errorFields(error) })
    await noteOrLog(log, (sql, bind) => queryRows(database, sql, bind), key, { error, startedAt })
    return false
  }
}

/** A note that cannot be written holds nothing up: the job itself is kept, and the log has it. */
async function noteOrLog(log: Log, ...note: Parameters<typeof noteTrouble>): Promise<void> {
  await noteTrouble(...note).catch((error) => void log.warn('job_trouble_not_noted', errorFields(error)))
}

/** Keys begin with what their job does, and go on with what it is about. */
function taskOf(key: string): string {
  return key.split(':', 1)[0] ?? key
}

export type Task = (payload: Record<string, unknown>) => Promise<void>

export interface Sweep {
  name: string
  everySeconds: number
  run: () => Promise<unknown>
}

export interface JobsOptions {
  databaseUrl: string
  tasks: Record<string, Task>
  /** Work that is found by looking for what is due, so that it happens even where a job was lost. */
  sweeps?: Sweep[]
  log: Log
  concurrency?: number
}

export interface Jobs {
  stop(): Promise<void>
}

/** The queue's talk about every job is for debugging; a job that failed is not. */
const logLevels: Record<string, string> = { error: 'error', warning: 'warn' }

/** Starts to work the service's queue. */
export async function startJobs({ databaseUrl, tasks, sweeps = [], log, concurrency = 4 }: JobsOptions): Promise<Jobs> {
  const pool = new Pool({ connectionString: databaseUrl, max: concurrency + 2, application_name: 'jobs' })
  const onLost = (error: Error) => void log.warn('job_connection_lost', errorFields(error))
  // An idle connection's loss is told by the pool, one in use by the connection itself; unheard, either ends the process.
  pool.on('error', onLost)
  pool.on('connect', (client) => void client.on('error', onLost))
  const events = new EventEmitter()
  const locks = releaseDeadWorkers({ databaseUrl, events, log })
  const runner = await runQueue(
    {
      events,
      pgPool: pool,
      concurrency,
      noHandleSignals: true,
      pollInterval: 1_000,
      taskList: Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, asTask(task, log)])),
      logger: new Logger(
        () => (level, message, meta) =>
          log.log(logLevels[level] ?? 'debug', 'job_queue', { detail: message, ...pickError(meta) }),
      ),
    },
    log,
  )
  watchJobs(pool, Object.keys(tasks))
  const query = (sql: string, bind: unknown[]) => pool.query(sql, bind)
  const queueDue = { name: 'queue_due_jobs', everySeconds: 1, run: () => queueDueJobs(pool, maxAttempts) }
  const forget = { name: 'delete_old_troubles', everySeconds: 3600, run: () => deleteOldTroubles(query) }
  const stopSweeps = startSweeps([queueDue, forget, ...sweeps], log)
  return {
    async stop() {
      await stopSweeps()
      await runner.stop()
      await locks.stop()
      await pool.end()
    },
  }
}

function pickError(meta: unknown): Record<string, unknown> {
  const error = (meta as { error?: unknown } | undefined)?.error
  return error ? errorFields(error) : {}
}

/** What jobs carry beside what their task needs; older ones have no trace. */
type JobData = Record<string, unknown> & { requestId?: string; traceparent?: string; postponed?: number }

/**
 * While the other side is only down, a try does not count and the next one comes within a minute: a back-off that
 * grows to hours would outlast what waits for it.
 */
function asTask(task: Task, log: Log): TaskList[string] {
  return async (payload, { job, query }) => {
    const data = payload as JobData
    const name = `job ${job.task_identifier}`
    const { requestId = newId(), traceparent } = data
    await resumeTrace({ name, requestId, traceparent, fields: { 'job.attempt': job.attempts } }, async () => {
      const startedAt = performance.now()
      const ended = (outcome: Outcome) => jobEnded(job.task_identifier, outcome, startedAt)
      try {
        await task(data)
        ended('done')
        if (job.key) await query(endTrouble, [job.key])
      } catch (error) {
        const isDown = error instanceof RemoteUnavailable
        const gaveUp = !isDown && job.attempts >= job.max_attempts
        ended(gaveUp ? 'gave_up' : 'retried')
        if (gaveUp) reportError(error, { task: job.task_identifier })
        if (job.key) await noteOrLog(log, query, job.key, { error, startedAt, gaveUp })
        if (!isDown) throw error
        const postponed = (data.postponed ?? 0) + 1
        const pauseSeconds = Math.min(maxPauseSeconds, 2 ** Math.min(postponed, 6))
        log.warn('job_postponed', {
          task: job.task_identifier,
          pauseSeconds,
          target: error.target,
          reason: error.reason,
        })
        await query(
          `SELECT 1 FROM graphile_worker.add_job($1::text, payload := $2::json, max_attempts := ${maxAttempts},
             run_at := now() + make_interval(secs => $3::int), job_key := $4::text)`,
          [
            job.task_identifier,
            JSON.stringify({ ...data, postponed, postponedFor: `${error.target}: ${error.reason}` }),
            pauseSeconds,
            job.key,
          ],
        )
      }
    })
  }
}

/**
 * Runs each sweep by itself, never twice at once in one process. For a service without a queue; startJobs runs its own.
 * Gives what stops them, which waits for a sweep that runs.
 */
export function startSweeps(sweeps: Sweep[], log: Log): () => Promise<void> {
  const running = new Set<Promise<unknown>>()
  const timers = sweeps.map(({ name, everySeconds, run: sweep }) => {
    let busy = false
    return setInterval(() => {
      if (busy) return
      busy = true
      const work = runInContext({ requestId: newId() }, sweep)
        .catch((error) => {
          if (isUnexpected(error)) reportError(error, { sweep: name })
          log.warn('sweep_failed', { name, ...errorFields(error) })
        })
        .finally(() => {
          busy = false
          running.delete(work)
        })
      running.add(work)
    }, everySeconds * 1000)
  })
  return async () => {
    timers.forEach(clearInterval)
    await Promise.all(running)
  }
}
