import { type FailedJob, failedJobEndpoints } from '@duka/contracts'
import {
  asUser,
  captureLog,
  createTestDatabase,
  eventually,
  letJobsBeDue,
  loseJobs,
  type TestDatabase,
  testProof,
  verifyTestUser,
} from '@duka/testkit'
import type { Sequelize } from 'sequelize'
import supertest from 'supertest'
import {
  connectDatabase,
  createServiceApp,
  enqueue,
  failedJobRoutes,
  findJobs,
  migrateDatabase,
  queryRows,
  RemoteUnavailable,
  runInContext,
  startJobs,
  type Task,
} from '../src'

let testDatabase: TestDatabase
let database: Sequelize
let client: ReturnType<typeof supertest>
const { log, lines } = captureLog()

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  await migrateDatabase(testDatabase.url, [])
  database = connectDatabase({ url: testDatabase.url, applicationName: 'test' })
  const routes = failedJobRoutes({ database, log }, failedJobEndpoints('order'))
  const proof = testProof('order')
  client = supertest(
    createServiceApp({ log, routes, database, proof, verifyUser: verifyTestUser, checkReady: async () => undefined }),
  )
})
afterAll(async () => {
  await database.close()
  await testDatabase.drop()
})
afterEach(() => queryRows(database, loseJobs))

const path = '/api/admin/jobs/order'
const authorization = asUser(undefined, 'admin')
const list = async (query = '') =>
  (
    await client
      .get(path + query)
      .set({ authorization })
      .expect(200)
  ).body
const replay = (id: string) => client.post(`${path}/${id}/replay`).set({ authorization })

const add = (key: string) =>
  runInContext({ requestId: `request-${key}` }, () => enqueue(database, null, { task: 'tell', payload: { key }, key }))

/** Works the queue until the given condition holds. */
async function work(tell: Task, done: () => Promise<boolean>): Promise<void> {
  const jobs = await startJobs({ databaseUrl: testDatabase.url, tasks: { tell }, log })
  try {
    await eventually('the jobs to be worked', done)
  } finally {
    await jobs.stop()
  }
}

const fail: Task = async () => {
  throw new Error('order refused: 404 not_found')
}

async function databaseNow(): Promise<number> {
  const [row] = await queryRows<{ now: Date }>(database, `SELECT date_trunc('milliseconds', now()) AS now`)
  return row!.now.getTime()
}

/** Jobs that have one try left, and fail. */
async function giveUp(...keys: string[]): Promise<FailedJob[]> {
  for (const key of keys) await add(key)
  await queryRows(database, 'UPDATE graphile_worker._private_jobs SET attempts = max_attempts - 1')
  await work(fail, async () => (await list()).totalJobs === keys.length)
  return (await list('?limit=100')).jobs
}

test('a job that gave up is listed with its reason, and one that still tries is not', async () => {
  const [job] = await giveUp('tell:1')
  await add('tell:2')
  expect((await list()).jobs).toEqual([job])
  expect(job).toEqual({
    id: expect.stringMatching(/^\d+$/),
    task: 'tell',
    key: 'tell:1',
    tries: 25,
    lastError: 'order refused: 404 not_found',
    requestId: 'request-tell:1',
    createdAt: expect.any(String),
    failedAt: expect.any(String),
  })
})

test('it tells when the last try failed, and not when the job was added', async () => {
  await add('tell:1')
  await queryRows(
    database,
    `UPDATE graphile_worker._private_jobs SET attempts = max_attempts - 1, updated_at = now() - interval '3 days'`,
  )
  const before = await databaseNow()
  await work(fail, async () => (await list()).totalJobs === 1)
  const [job] = (await list()).jobs
  expect(Date.parse(job.failedAt)).toBeGreaterThanOrEqual(before)
})

test('it is tried again, once, when an admin says so, and who said it is in the log', async () => {
  const [job] = await giveUp('tell:1')
  const answers = await Promise.all(Array.from({ length: 8 }, () => replay(job!.id)))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(404)])
  expect((await list()).totalJobs).toBe(0)
  expect(lines.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ event: 'job_replayed', key: 'tell:1', userId: expect.any(String) }),
  )
  const told: unknown[] = []
  await work(
    async ({ key }) => void told.push(key),
    async () => told.length > 0,
  )
  expect(told).toEqual(['tell:1'])
  await replay(job!.id).expect(404)
})

test('it fails again with as many tries as a new one', async () => {
  const [job] = await giveUp('tell:1')
  await replay(job!.id).expect(200)
  await work(fail, async () => {
    const [row] = await queryRows<{ attempts: number }>(database, 'SELECT attempts FROM graphile_worker._private_jobs')
    return row?.attempts === 1
  })
  expect((await list()).totalJobs).toBe(0)
})

test('many are listed in pages, the youngest first', async () => {
  const keys = Array.from({ length: 5 }, (_value, n) => `tell:${n}`)
  const jobs = await giveUp(...keys)
  expect(jobs.map(({ key }) => key)).toEqual([...keys].reverse())
  const byPage = [...(await list('?limit=3')).jobs, ...(await list('?limit=3&page=2')).jobs]
  const first = await list('?limit=3')
  const byCursor = [...first.jobs, ...(await list(`?limit=3&cursor=${first.nextCursor}`)).jobs]
  expect([byPage, byCursor]).toEqual([jobs, jobs])
  expect(first).toMatchObject({ totalJobs: 5, totalPages: 2, currentPage: 1 })
})

test('what is no job that gave up is a 404, and a cursor of something else a 400', async () => {
  await add('tell:1')
  await queryRows(database, letJobsBeDue)
  const [waiting] = await queryRows<{ id: string }>(database, 'SELECT id::text FROM graphile_worker._private_jobs')
  for (const id of [waiting!.id, '0', '-1', '1e3', 'x', '9'.repeat(19)]) await replay(id).expect(404)
  for (const key of [['x'], [1], [], 'x']) {
    const cursor = Buffer.from(JSON.stringify(key)).toString('base64url')
    await client.get(`${path}?cursor=${cursor}`).set({ authorization }).expect(400)
  }
})

test('customers and strangers may neither see nor replay', async () => {
  for (const call of [() => client.get(path), () => client.post(`${path}/1/replay`)]) {
    await call().expect(401)
    await call().set({ authorization: asUser() }).expect(403)
  }
})

test('jobs are found by their keys, wherever they wait', async () => {
  await giveUp('tell:1')
  await add('tell:2')
  const runAt = new Date(Date.now() + 3_600_000)
  await enqueue(database, null, { task: 'later', payload: {}, key: 'tell:3', runAt })
  await enqueue(database, null, { task: 'later', payload: {}, key: 'tell:4', runAt })
  const waits = { tries: 0, lastError: null, gaveUp: false, runAt: expect.any(Date) }
  const found = await findJobs(database, ['tell:1', 'tell:2', 'tell:3', 'tell:5'])
  expect([...found].sort((a, b) => a.key.localeCompare(b.key))).toEqual([
    { task: 'tell', key: 'tell:1', ...waits, tries: 25, lastError: 'order refused: 404 not_found', gaveUp: true },
    { task: 'tell', key: 'tell:2', ...waits },
    { task: 'later', key: 'tell:3', ...waits, runAt },
  ])
})

test('a job that waits for another service shows how often it tried, and for whom', async () => {
  await add('tell:1')
  const isDown: Task = async () => {
    throw new RemoteUnavailable('product', true, true, 'ETIMEDOUT')
  }
  const find = async () => (await findJobs(database, ['tell:1']))[0]
  await work(isDown, async () => (await find())?.tries === 1)
  expect(await find()).toMatchObject({ tries: 1, lastError: 'product: ETIMEDOUT', gaveUp: false })
})
