import { QueryTypes, Sequelize, type Transaction } from 'sequelize'

export interface DatabaseOptions {
  url: string
  applicationName: string
  poolMax?: number
  statementTimeoutMs?: number
}

const acquireTimeoutMs = 5_000
const defaultStatementTimeoutMs = 10_000

/** A pool of connections. Every wait has an end: for a connection, and for a statement. */
export function connectDatabase({
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

/** Runs one statement with `$1`-style values and gives its rows. `undefined` is no value; pass null. */
export function queryRows<T extends object>(
  database: Sequelize,
  sql: string,
  bind: unknown[] = [],
  transaction: Transaction | null = null,
): Promise<T[]> {
  return database.query<T>(sql, { bind, type: QueryTypes.SELECT, transaction })
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
