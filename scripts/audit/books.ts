import { Client } from 'pg'
import { OperatorError } from '../operator-error'

/** One service's database, opened so that nothing can be changed in it. */
export interface Database {
  rows<T extends object>(sql: string, bind?: unknown[]): Promise<T[]>
  /** SQL text: the jobs that will still be tried, as rows of (task, payload). */
  waitingJobs: string
  hasTable(name: string): Promise<boolean>
  close(): Promise<void>
}

export const audited = ['auth', 'product', 'order', 'payment', 'cart'] as const

export type DatabaseUrls = Record<(typeof audited)[number], string>

/** All that an audit reads. */
export interface Books extends Record<(typeof audited)[number], Database> {
  /** Addresses of the simulators, whose ledgers tell what really became of the money; without one it is not compared. */
  daraja?: string | undefined
  stripe?: string | undefined
  close(): Promise<void>
}

const connectTimeoutMs = 10_000
const statementTimeoutMs = 60_000

/** Opens the five databases for reading. Throws an OperatorError that names one that does not answer. */
export async function openBooks(urls: DatabaseUrls, ledgers: Pick<Books, 'daraja' | 'stripe'> = {}): Promise<Books> {
  const opened: [string, Database][] = []
  const close = async () => {
    await Promise.all(opened.map(([, database]) => database.close()))
  }
  try {
    for (const name of audited) opened.push([name, await openDatabase(name, urls[name])])
  } catch (error) {
    await close()
    throw error
  }
  return { ...(Object.fromEntries(opened) as Record<(typeof audited)[number], Database>), ...ledgers, close }
}

async function openDatabase(name: string, url: string): Promise<Database> {
  const client = new Client({
    connectionString: url,
    application_name: 'audit',
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    options: '-c default_transaction_read_only=on',
  })
  // A connection that is lost fails the next query, which says so.
  client.on('error', () => {})
  await client.connect().catch((error: Error) => {
    throw new OperatorError(`${name.toUpperCase()}_DATABASE_URL: ${error.message}`)
  })
  const rows: Database['rows'] = async (sql, bind = []) => (await client.query(sql, bind)).rows
  const hasTable = async (table: string) => {
    const [found] = await rows<{ is_there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS is_there', [table])
    return found?.is_there === true
  }
  return { rows, hasTable, waitingJobs: await describeWaitingJobs(hasTable), close: () => client.end() }
}

const noJobs = `(SELECT NULL::text AS task, NULL::jsonb AS payload WHERE false)`

/** A job after its last try does nothing any more by itself, so it does not count. */
const queuedJobs = `SELECT t.identifier AS task, j.payload::jsonb AS payload
  FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id
  WHERE j.attempts < j.max_attempts OR j.locked_at IS NOT NULL`

async function describeWaitingJobs(hasTable: Database['hasTable']): Promise<string> {
  const sources = [
    ...((await hasTable('graphile_worker._private_jobs')) ? [queuedJobs] : []),
    ...((await hasTable('delayed_jobs')) ? ['SELECT task, payload::jsonb FROM delayed_jobs'] : []),
  ]
  return sources.length > 0 ? `(${sources.join(' UNION ALL ')})` : noJobs
}
