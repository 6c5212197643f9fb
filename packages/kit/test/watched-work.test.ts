import { randomUUID } from 'node:crypto'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { endpoint, uuid } from '@duka/contracts'
import {
  asUser,
  createTestDatabase,
  eventually,
  letJobsBeDue,
  loseJobs,
  type Running,
  readMetric,
  readMetrics,
  silentLog,
  startApp,
  startFakeService,
  type TestDatabase,
  testProof,
  verifyTestUser,
} from '@duka/testkit'
import { Pool } from 'pg'
import type { Sequelize } from 'sequelize'
import { z } from 'zod'
import {
  connectDatabase,
  createClient,
  createServiceApp,
  enqueue,
  migrateDatabase,
  queryRows,
  RemoteUnavailable,
  route,
  startJobs,
} from '../src'
import { kindOf } from '../src/time-statements'
import { watchJobs } from '../src/watch-jobs'

const base = { service: 'order', summary: '', response: z.unknown() } as const
const path = '/api/things/:id'
const readThing = endpoint({ ...base, method: 'GET', path, access: 'user', params: z.object({ id: uuid }) })
const readSlow = endpoint({ ...base, method: 'GET', path: '/api/slow', access: 'anyone' })

let testDatabase: TestDatabase
let database: Sequelize
let running: Running
let release: () => void = () => undefined

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  await migrateDatabase(testDatabase.url, [])
  database = connectDatabase({ url: testDatabase.url, applicationName: 'test', poolMax: 3 })
  await queryRows(database, 'CREATE TABLE things (id int)')
  const app = createServiceApp({
    log: silentLog,
    verifyUser: verifyTestUser,
    proof: testProof('order'),
    database,
    checkReady: async () => undefined,
    routes: [
      route(readThing, ({ params }) => params),
      route(readSlow, () => new Promise((resolve) => (release = () => resolve({})))),
    ],
  })
  running = await startApp(app)
})
afterAll(async () => {
  await running.stop()
  await database.close()
  await testDatabase.drop()
})

const metric = (name: string, labels?: Record<string, string>) => readMetric(running.url, name, labels)
const requests = 'http_server_request_duration_seconds_count'

test('a request counts by its pattern and status, and its id is no label', async () => {
  const id = randomUUID()
  const headers = { authorization: asUser(randomUUID()) }
  for (let round = 0; round < 2; round++) await fetch(`${running.url}/api/things/${id}?q=${id}`, { headers })
  await fetch(`${running.url}/api/things/${id}`)
  await fetch(`${running.url}/api/things/not-a-uuid`, { headers })
  await fetch(`${running.url}/api/things/${id}`, { method: 'DELETE' })
  await eventually('counted', async () => (await metric(requests, { method: 'DELETE', route: path })) === 1)
  expect(await metric(requests, { method: 'GET', route: path, status: '200' })).toBe(2)
  expect(await metric(requests, { method: 'GET', route: path, status: '401' })).toBe(1)
  expect(await metric(requests, { method: 'GET', route: path, status: '404' })).toBe(1)
  expect(await metric(requests, { method: 'DELETE', route: path, status: '405' })).toBe(1)
  expect(JSON.stringify(await readMetrics(running.url))).not.toContain(id)
})

test('paths that nobody knows and methods that nobody uses are one label each', async () => {
  const names = Array.from({ length: 20 }, () => randomUUID())
  for (const name of names) await fetch(`${running.url}/${name}/%00?x=${name}`)
  for (const method of ['PROPFIND', 'MKCOL', 'SEARCH', 'PURGE']) {
    await fetch(`${running.url}/api/things/${names[0]}`, { method })
  }
  await eventually('counted', async () => (await metric(requests, { method: 'other', route: path })) === 4)
  expect(await metric(requests, { route: 'unmatched', status: '404' })).toBe(20)
  const lines = await readMetrics(running.url)
  expect(lines.filter((line) => line.name === requests && line.labels.route === 'unmatched')).toHaveLength(1)
  expect(JSON.stringify(lines)).not.toMatch(new RegExp(`${names.join('|')}|PROPFIND|MKCOL|SEARCH|PURGE`))
})

test('one whose client goes away is told apart, and is in flight no longer', async () => {
  const before = (await metric('http_server_requests_in_flight')) ?? 0
  const request = httpRequest(`${running.url}/api/slow`).on('error', () => undefined)
  request.end()
  await eventually('in flight', async () => (await metric('http_server_requests_in_flight')) === before + 1)
  request.destroy()
  await eventually('ended', async () => (await metric(requests, { route: '/api/slow', status: '499' })) === 1)
  expect(await metric('http_server_requests_in_flight')).toBe(before)
  release()
})

test('/metrics takes a GET only', async () => {
  const answer = await fetch(`${running.url}/metrics`, { method: 'POST' })
  expect(answer.status).toBe(405)
  expect(answer.headers.get('allow')).toBe('GET, HEAD')
})

describe('a call', () => {
  const calls = 'http_client_request_duration_seconds_count'
  const labels = { target: 'product', operation: path }
  const id = randomUUID()
  const readRemote = { ...readThing, service: 'product', access: 'anyone' } as const
  const call = (baseUrl: string) =>
    createClient({ target: 'product', baseUrl, timeoutMs: 200 })
      .call(readRemote, { params: { id } })
      .catch(() => undefined)

  test('counts by target, pattern and status', async () => {
    const service = await startFakeService('product', [route(readRemote, ({ params }) => params)])
    await call(service.url)
    await service.stop()
    expect(await metric(calls, { ...labels, status: '200' })).toBe(1)
    expect(JSON.stringify(await readMetrics(running.url))).not.toContain(id)
  })

  test('that nobody answers counts each of its tries', async () => {
    await call('http://127.0.0.1:1')
    expect(await metric(calls, { ...labels, status: 'refused' })).toBe(3)
  })

  test.each([
    ['timeout', () => undefined, 1],
    ['error', (socket: { destroy(): void }) => void socket.destroy(), 3],
  ] as const)('that ends in a %s says so', async (status, treat, tries) => {
    const server = createServer((request) => treat(request.socket)).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    await call(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    server.closeAllConnections()
    server.close()
    expect(await metric(calls, { ...labels, status })).toBe(tries)
  })
})

describe('the database', () => {
  const statements = 'db_query_duration_seconds_count'
  const countOf = async (kind: string) => (await metric(statements, { kind })) ?? 0

  test('statements count by kind, those of transactions too, and failed ones', async () => {
    const before = { insert: await countOf('insert'), transaction: await countOf('transaction') }
    await database.transaction((transaction) => queryRows(database, 'INSERT INTO things VALUES (1)', [], transaction))
    await expect(queryRows(database, 'INSERT INTO nothing VALUES (1)')).rejects.toThrow('nothing')
    expect(await countOf('insert')).toBe(before.insert + 2)
    expect(await countOf('transaction')).toBe(before.transaction + 2)
  })

  test.each([
    ['SELECT id FROM things WHERE id = $1', 'select'],
    [' select count(*) FROM things FOR UPDATE', 'select'],
    ['INSERT INTO things VALUES ($1) ON CONFLICT DO UPDATE SET id = 1', 'insert'],
    ['WITH moved AS (DELETE FROM things RETURNING id) SELECT id FROM moved', 'delete'],
    ['WITH a AS (SELECT id FROM things FOR UPDATE)\nUPDATE things SET id = 2', 'update'],
    ['WITH a AS (SELECT id FROM things FOR NO KEY UPDATE) SELECT 1', 'select'],
    ['SELECT a, b FROM hand_over_cart($1::uuid, $2)', 'call'],
    ['SELECT graphile_worker.add_job($1::text)', 'call'],
    ['START TRANSACTION;', 'transaction'],
    ['ROLLBACK TO SAVEPOINT x', 'transaction'],
    ['VACUUM', 'other'],
  ])('%s is a kind of its own list', (sql, kind) => {
    expect(kindOf(sql)).toBe(kind)
  })

  test('says who uses and who waits for its connections', async () => {
    const waits = await metric('db_pool_connections', { state: 'waiting' })
    expect(waits).toBe(0)
    const used = (await metric('db_pool_connections', { state: 'used' })) ?? 0
    const transactions = await Promise.all([1, 2, 3].map(() => database.transaction()))
    const waiting = queryRows(database, 'SELECT 1')
    expect(await metric('db_pool_connections', { state: 'used' })).toBe(used + 3)
    expect(await metric('db_pool_connections', { state: 'waiting' })).toBe(1)
    await Promise.all(transactions.map((transaction) => transaction.rollback()))
    await waiting
    expect(await metric('db_pool_connections_max')).toBeGreaterThanOrEqual(3)
  })
})

describe('jobs', () => {
  afterEach(() => queryRows(database, loseJobs))

  test('count by what came of their tries', async () => {
    let isDown = true
    const call = async () => {
      if (isDown) throw new RemoteUnavailable('product', false, false, 'ECONNREFUSED')
    }
    const fail = async () => {
      throw new Error('a bug')
    }
    const tasks = { tell: async () => undefined, call, fail }
    const jobs = await startJobs({ databaseUrl: testDatabase.url, log: silentLog, tasks })
    const ended = (task: string, outcome: string) =>
      eventually(`${task} ${outcome}`, async () => (await metric(`${job}_count`, { task, outcome })) === 1)
    const job = 'job_duration_seconds'
    for (const task of Object.keys(tasks)) await enqueue(database, null, { task, payload: {} })
    await ended('tell', 'done')
    await ended('call', 'retried')
    await ended('fail', 'retried')
    isDown = false
    await queryRows(database, 'UPDATE graphile_worker._private_jobs SET max_attempts = attempts + 1')
    await queryRows(database, letJobsBeDue)
    await ended('fail', 'gave_up')
    await ended('call', 'done')
    await jobs.stop()
  })

  test('are told by how many wait, for how long, and how many gave up', async () => {
    const payload = {}
    const runAt = new Date(Date.now() + 3_600_000)
    await enqueue(database, null, { task: 'tell', payload })
    await enqueue(database, null, { task: 'fail', payload })
    await queryRows(
      database,
      `UPDATE graphile_worker._private_jobs j SET run_at = now() - interval '1 hour',
         attempts = CASE t.identifier WHEN 'fail' THEN max_attempts ELSE 0 END
       FROM graphile_worker._private_tasks t WHERE t.id = j.task_id`,
    )
    await enqueue(database, null, { task: 'tell', key: 'late', payload, runAt })
    await enqueue(database, null, { task: 'call', key: 'due', payload, runAt })
    await queryRows(database, "UPDATE delayed_jobs SET run_at = now() - interval '2 hours' WHERE key = 'due'")
    const pool = new Pool({ connectionString: testDatabase.url })
    watchJobs(pool, ['tell', 'call', 'fail', 'rare'])
    const lines = await readMetrics(running.url)
    await pool.end()
    const of = (name: string) =>
      Object.fromEntries(lines.filter((line) => line.name === name).map(({ labels, value }) => [labels.task, value]))
    expect(of('jobs_waiting')).toEqual({ tell: 1, call: 1, fail: 0, rare: 0 })
    expect(of('jobs_gave_up')).toEqual({ tell: 0, call: 0, fail: 1, rare: 0 })
    const ages = of('jobs_oldest_due_age_seconds')
    expect(ages).toMatchObject({ fail: 0, rare: 0 })
    expect(ages.tell).toBeGreaterThanOrEqual(3_600)
    expect(ages.call).toBeGreaterThanOrEqual(7_200)
  })
})
