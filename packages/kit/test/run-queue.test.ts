import { captureLog, createTestDatabase, eventually, type TestDatabase } from '@duka/testkit'
import { Client } from 'pg'
import type { Sequelize } from 'sequelize'
import { connectDatabase, enqueue, migrateDatabase, queryRows, startJobs } from '../src'

let testDatabase: TestDatabase
let database: Sequelize
let admin: Client
const unhandled: unknown[] = []
const onUnhandled = (error: unknown) => void unhandled.push(error)

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  await migrateDatabase(testDatabase.url, [])
  database = connectDatabase({ url: testDatabase.url, applicationName: 'test' })
  admin = new Client({ connectionString: process.env.TEST_DATABASE_ADMIN_URL })
  await admin.connect()
  process.on('unhandledRejection', onUnhandled)
})
afterAll(async () => {
  process.off('unhandledRejection', onUnhandled)
  await admin.end()
  await database.close()
  await testDatabase.drop()
})

const name = () => new URL(testDatabase.url).pathname.slice(1)

/** As a restart does. */
async function endConnectionsOf(application: string): Promise<void> {
  const sql = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = $2'
  await admin.query(sql, [name(), application])
}

test.each(['fails', 'succeeds'])('goes on after the database went away just as a job %s', async (ending) => {
  const { log, lines } = captureLog()
  let tries = 0
  const task = async () => {
    tries++
    if (tries > 1) return
    await admin.query(`ALTER DATABASE ${name()} ALLOW_CONNECTIONS false`)
    await endConnectionsOf('jobs')
    if (ending === 'fails') throw new Error('no database')
  }
  const jobs = await startJobs({ databaseUrl: testDatabase.url, tasks: { task }, log, concurrency: 1 })
  await enqueue(database, null, { task: 'task', payload: {} })
  await eventually('the queue to give up', async () => lines.join('').includes('job_queue_restarts'))
  await admin.query(`ALTER DATABASE ${name()} ALLOW_CONNECTIONS true`)
  // Locked by a pool that is gone, and old enough for that to be noticed.
  const age = `UPDATE graphile_worker._private_jobs SET locked_at = locked_at - interval '1 minute'`
  await eventually('the database', () =>
    queryRows(database, age).then(
      () => true,
      () => false,
    ),
  )
  await eventually('the job to be tried again', async () => tries === 2)
  const left = () => queryRows(database, 'SELECT id FROM graphile_worker._private_jobs')
  await eventually('the job to be done', async () => (await left()).length === 0)
  await jobs.stop()
  expect(unhandled).toEqual([])
})
