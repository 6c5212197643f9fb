import { makeWorkerUtils } from 'graphile-worker'
import type { Sequelize } from 'sequelize'
import { openDatabase, queryRow, queryRows } from './database'
import { delayedJobsTable } from './delayed-jobs'
import { jobTroublesTable } from './job-troubles'
import type { Log } from './log'
import { type Patience, waitForDatabase } from './wait-for-database'

/** A step of a schema: SQL text up and down. Never edited once it has landed; its name never changes. */
export interface Migration {
  name: string
  up: string | Repeated
  down: string
}

/**
 * A long work in steps, each in a transaction of its own: the statement gets as $1 the `next` that it gave before, null
 * at first, until it gives none. It must bear to begin anew, where it was cut short.
 */
export interface Repeated {
  repeated: string
}

/** Any number will do, as long as every instance of a service takes the same. */
const lockId = 7_423_001
/** The lock is a statement too, and waits for as long as another instance migrates. */
const statementTimeoutMs = 10 * 60_000

/**
 * Brings a database to the newest schema, the job queue's tables included, as soon as it takes connections. Instances that start together wait for one
 * another under an advisory lock; each step runs in a transaction of its own.
 */
export async function migrateDatabase(
  databaseUrl: string,
  migrations: readonly Migration[],
  log?: Log,
  patience?: Patience,
): Promise<void> {
  await waitForDatabase(databaseUrl, log, patience)
  const database = openDatabase({ url: databaseUrl, applicationName: 'migrate', poolMax: 2, statementTimeoutMs })
  try {
    await database.transaction(async (lock) => {
      await database.query('SELECT pg_advisory_xact_lock($1)', { bind: [lockId], transaction: lock })
      await migrateJobQueue(databaseUrl)
      await database.query(delayedJobsTable)
      await database.query(jobTroublesTable)
      if (await isBehind(database, migrations)) await (await createUmzug(database, migrations)).up()
    })
  } finally {
    await database.close()
  }
}

async function migrateJobQueue(databaseUrl: string): Promise<void> {
  const utils = await makeWorkerUtils({ connectionString: databaseUrl, maxPoolSize: 1 })
  try {
    await utils.migrate()
  } finally {
    await utils.release()
  }
}

async function isBehind(database: Sequelize, migrations: readonly Migration[]): Promise<boolean> {
  const isBegun = await queryRow(database, `SELECT 1 FROM pg_class WHERE oid = to_regclass('"SequelizeMeta"')`)
  if (!isBegun) return true
  const done = await queryRows<{ name: string }>(database, 'SELECT name FROM "SequelizeMeta"')
  const names = new Set(done.map(({ name }) => name))
  return migrations.some(({ name }) => !names.has(name))
}

/** What takes the steps. It comes with a command line of its own, so it is loaded only where there is one to take. */
export async function createUmzug(database: Sequelize, migrations: readonly Migration[]) {
  const { SequelizeStorage, Umzug } = await import('umzug')
  const run = async (sql: string) => {
    await database.transaction((transaction) => database.query(sql, { transaction }))
  }
  const takeUp = (up: string | Repeated) => (typeof up === 'string' ? run(up) : repeat(database, up))
  return new Umzug({
    migrations: migrations.map(({ name, up, down }) => ({ name, up: () => takeUp(up), down: () => run(down) })),
    storage: new SequelizeStorage({ sequelize: database }),
    logger: undefined,
  })
}

async function repeat(database: Sequelize, { repeated }: Repeated): Promise<void> {
  let next: string | null = null
  do {
    const row: { next: string } | undefined = await queryRow<{ next: string }>(database, repeated, [next])
    next = row?.next ?? null
  } while (next !== null)
}
