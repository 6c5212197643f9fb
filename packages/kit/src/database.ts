import { Sequelize, type Transaction } from 'sequelize'
import { nameStatement, runStatement } from './statement'
import { watchDatabase } from './time-statements'

export interface DatabaseOptions {
  url: string
  applicationName: string
  poolMax?: number
  statementTimeoutMs?: number
}

const acquireTimeoutMs = 5_000
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
}: DatabaseOptions): Sequelize {
  return new Sequelize(url, {
    dialect: 'postgres',
    logging: false,
    pool: { max: poolMax, min: 1, acquire: acquireTimeoutMs, idle: 30_000 },
    dialectOptions: { application_name: applicationName, statement_timeout: statementTimeoutMs, keepAlive: true },
  })
}

/**
 * Runs one statement with `$1`-style values and gives its rows. `undefined` is no value; pass null. Each connection
 * keeps what the statement was parsed and planned to, so its text is to be a constant, and its values no part of it.
 */
export function queryRows<T extends object>(
  database: Sequelize,
  sql: string,
  bind: unknown[] = [],
  transaction: Transaction | null = null,
): Promise<T[]> {
  return runStatement(database, { name: nameStatement(sql), text: sql, values: bind }, transaction) as Promise<T[]>
}

/** The same where at most one row can come. */
export async function queryRow<T extends object>(
  database: Sequelize,
  sql: string,
  bind: unknown[] = [],
  transaction: Transaction | null = null,
): Promise<T | undefined> {
  return (await queryRows<T>(database, sql, bind, transaction))[0]
}

/** The same for searches and filters, whose best plan depends on the values: it is planned for them each time. */
export function searchRows<T extends object>(database: Sequelize, sql: string, bind: unknown[] = []): Promise<T[]> {
  return runStatement(database, { text: sql, values: bind }, null) as Promise<T[]>
}
