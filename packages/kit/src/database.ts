import type { QueryConfig } from 'pg'
import { Sequelize, type Transaction } from 'sequelize'
import type { Log } from './log'
import { Reads } from './reads'
import { nameStatement, runStatement, shortenTransactions } from './statement'
import { watchDatabase } from './time-statements'

export interface DatabaseOptions {
  url: string
  applicationName: string
  poolMax?: number
  statementTimeoutMs?: number
  /** How long a connection is waited for. */
  acquireTimeoutMs?: number
  /** How long a server may take to let a new one in. */
  connectTimeoutMs?: number
  /** Connections that are kept while nobody needs them. */
  poolMin?: number
}

const defaultAcquireTimeoutMs = 5_000
const defaultStatementTimeoutMs = 10_000

/** A pool of connections, watched by metrics. Every wait has an end: for a connection, and for a statement. */
export function connectDatabase(options: DatabaseOptions): Sequelize {
  const database = openDatabase(options)
  watchDatabase(database)
  return database
}

/** The same for work that ends soon, unwatched. */
export function openDatabase({
  url,
  applicationName,
  poolMax = 10,
  statementTimeoutMs = defaultStatementTimeoutMs,
  acquireTimeoutMs = defaultAcquireTimeoutMs,
  connectTimeoutMs,
  poolMin = 1,
}: DatabaseOptions): Sequelize {
  const database = new Sequelize(url, {
    dialect: 'postgres',
    logging: false,
    pool: { max: poolMax, min: poolMin, acquire: acquireTimeoutMs, idle: 30_000 },
    dialectOptions: {
      application_name: applicationName,
      statement_timeout: statementTimeoutMs,
      keepAlive: true,
      ...(connectTimeoutMs === undefined ? {} : { connectionTimeoutMillis: connectTimeoutMs }),
    },
  })
  shortenTransactions(database)
  return database
}

/** Where a statement may run: the database, or for one that only reads also a replica of it, as far as `allowLag` lets it. */
export type Source = Sequelize | Reads

const replicaConnectTimeoutMs = 800
const replicaAcquireTimeoutMs = 1_000
const replicaStatementTimeoutMs = 8_000

export interface ReadsSettings {
  database: Sequelize
  /** The replica; without one, the database itself is read. */
  url: string | undefined
  applicationName: string
  log: Log
}

/** Where lists and reports are read. */
export function connectReads({ database, url, applicationName, log }: ReadsSettings): Source {
  if (url === undefined) return database
  const replica = connectDatabase({
    url,
    applicationName,
    poolMin: 0,
    connectTimeoutMs: replicaConnectTimeoutMs,
    acquireTimeoutMs: replicaAcquireTimeoutMs,
    statementTimeoutMs: replicaStatementTimeoutMs,
  })
  return new Reads({ primary: database, replica, log }).start()
}

export async function closeDatabases({ database, reads }: { database: Sequelize; reads: Source }): Promise<void> {
  if (reads !== database) await reads.close()
  await database.close()
}

/**
 * Runs one statement with `$1`-style values and gives its rows. `undefined` is no value; pass null. Each connection
 * keeps what the statement was parsed and planned to, so its text is to be a constant, and its values no part of it.
 */
export function queryRows<T extends object>(
  database: Source,
  sql: string,
  bind: unknown[] = [],
  transaction: Transaction | null = null,
): Promise<T[]> {
  return run(database, { name: nameStatement(sql), text: sql, values: bind }, transaction) as Promise<T[]>
}

/** The same where at most one row can come. */
export async function queryRow<T extends object>(
  database: Source,
  sql: string,
  bind: unknown[] = [],
  transaction: Transaction | null = null,
): Promise<T | undefined> {
  return (await queryRows<T>(database, sql, bind, transaction))[0]
}

/** The same for searches and filters, whose best plan depends on the values: it is planned for them each time. */
export function searchRows<T extends object>(database: Source, sql: string, bind: unknown[] = []): Promise<T[]> {
  return run(database, { text: sql, values: bind }, null) as Promise<T[]>
}

function run(database: Source, statement: QueryConfig, transaction: Transaction | null): Promise<object[]> {
  if (!(database instanceof Reads)) return runStatement(database, statement, transaction)
  if (transaction) throw new Error('A transaction is of the database itself.')
  return database.run(statement)
}
