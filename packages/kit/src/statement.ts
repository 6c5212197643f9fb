import type { ClientBase, QueryConfig } from 'pg'
import type { Sequelize, Transaction } from 'sequelize'
import { durationsOf, startStatementSpan } from './time-statements'

/** What Sequelize works with underneath, as far as it is used here. */
interface Inside {
  connectionManager: {
    getConnection(options: object): Promise<Connection>
    releaseConnection(connection: Connection): void
  }
  options: { logging: false | ((sql?: string) => void) }
  dialect: { Query: new (connection: Connection, database: Sequelize, options: object) => Formatter }
}

type Connection = ClientBase & { _invalid?: boolean }

interface Formatter {
  formatError(error: Error, stack: string | undefined): Error
}

/**
 * Runs a statement on a connection of Sequelize's pool, or of its transaction, and throws Sequelize's errors, but goes
 * around its query method: that knows no prepared statements, and takes longer than most of ours do.
 */
export async function runStatement(
  database: Sequelize,
  statement: QueryConfig,
  transaction: Transaction | null,
): Promise<object[]> {
  if (transaction) return run(database, connectionOf(transaction), statement)
  return withConnection(database, (runOn) => runOn(statement))
}

/** Runs one statement on a certain connection. */
export type Run = (statement: QueryConfig) => Promise<object[]>

/** Has work done on one connection of the pool. */
export async function withConnection<T>(database: Sequelize, work: (run: Run) => Promise<T>): Promise<T> {
  const { connectionManager } = database as unknown as Inside
  const connection = await connectionManager.getConnection({})
  try {
    return await work((statement) => run(database, connection, statement))
  } finally {
    connectionManager.releaseConnection(connection)
  }
}

/** Begins and ends transactions around Sequelize's query method too, which takes longer over that than PostgreSQL. */
export function shortenTransactions(database: Sequelize): void {
  const queries = database.getQueryInterface() as unknown as Record<string, (transaction: Transaction) => unknown>
  const send = (text: string) => (transaction: Transaction) => runStatement(database, { text }, transaction)
  const sendLast = (text: string, finished: string) => (transaction: Transaction) => {
    const sent = runStatement(database, { text }, transaction)
    Object.assign(transaction, { finished })
    return sent
  }
  queries.startTransaction = send('START TRANSACTION')
  queries.commitTransaction = sendLast('COMMIT', 'commit')
  queries.rollbackTransaction = sendLast('ROLLBACK', 'rollback')
}

function connectionOf(transaction: Transaction): Connection {
  const { connection, finished } = transaction as unknown as { connection?: Connection; finished?: string }
  if (!connection || finished) throw new Error(`A statement came after the ${finished ?? 'end'} of its transaction`)
  return connection
}

async function run(database: Sequelize, connection: Connection, statement: QueryConfig): Promise<object[]> {
  const { options } = database as unknown as Inside
  if (options.logging) options.logging(statement.text)
  const startedAt = performance.now()
  const span = startStatementSpan(statement.text, true)
  try {
    return (await connection.query(statement)).rows
  } catch (error) {
    span?.end(error)
    if (isLost(error as { code?: string })) connection._invalid = true
    const { Query } = (database as unknown as Inside).dialect
    throw new Query(connection, database, {}).formatError(error as Error, new Error('').stack)
  } finally {
    span?.end()
    durationsOf(statement.text).observeSince(startedAt)
  }
}

/**
 * Whether it is the connection that failed, and the pool is not to give it out again: the error has no code of
 * PostgreSQL's, or one that says that the server shuts down or the connection broke (appendix A of its manual).
 */
function isLost({ code = '' }: { code?: string }): boolean {
  return !/^(?!57P0|08)[\dA-Z]{5}$/.test(code)
}

const maxPrepared = 300
const names = new Map<string, string>()

/**
 * The name under which connections keep a statement prepared. None where it gives all columns of a table, since the
 * prepared one would fail as soon as a newer version of the service adds a column; and none beyond a number of them.
 */
export function nameStatement(sql: string): string | undefined {
  const known = names.get(sql)
  if (known) return known
  if (names.size >= maxPrepared || /(?:SELECT|RETURNING|,)\s+(?:\w+\.)?\*/i.test(sql)) return undefined
  const name = `s${names.size + 1}`
  names.set(sql, name)
  return name
}
