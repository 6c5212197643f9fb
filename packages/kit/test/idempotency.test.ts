import { randomUUID } from 'node:crypto'
import { endpoint } from '@duka/contracts'
import { asUser, createTestDatabase, silentLog, type TestDatabase, testProof, verifyTestUser } from '@duka/testkit'
import type { Express } from 'express'
import type { Sequelize } from 'sequelize'
import supertest from 'supertest'
import { z } from 'zod'
import {
  type Call,
  connectDatabase,
  createServiceApp,
  deleteExpiredKeys,
  idempotencyMigration,
  migrateDatabase,
  newId,
  Problem,
  queryRow,
  queryRows,
  route,
} from '../src'

const doIt = endpoint({
  service: 'order',
  method: 'POST',
  path: '/api/do-it',
  publicPaths: ['/api/do-it', '/api/alias'],
  summary: '',
  access: 'user',
  status: 201,
  idempotent: true,
  body: z.object({ value: z.number() }),
  response: z.unknown(),
})
const other = endpoint({ ...doIt, path: '/api/other' })
const secret = endpoint({ ...doIt, path: '/api/secret', secretAnswer: true })

let testDatabase: TestDatabase
let database: Sequelize
let app: Express
let runs = 0
let work: (call: Call<typeof doIt>) => Promise<unknown>

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  await migrateDatabase(testDatabase.url, [idempotencyMigration])
  database = connectDatabase({ url: testDatabase.url, applicationName: 'test' })
  const handle = (call: Call<typeof doIt>) => {
    runs += 1
    return work(call)
  }
  app = createServiceApp({
    log: silentLog,
    verifyUser: verifyTestUser,
    proof: testProof('order'),
    database,
    checkReady: async () => undefined,
    routes: [route(doIt, handle), route(other, handle), route(secret, handle)],
  })
})
afterAll(async () => {
  await database.close()
  await testDatabase.drop()
})
beforeEach(() => {
  runs = 0
  work = async ({ body }) => ({ run: runs, value: body.value })
})

const user = randomUUID()
const send = (key: string, body: string | object = { value: 1 }, path = '/api/do-it', who = user) =>
  supertest(app)
    .post(path)
    .set({ authorization: asUser(who), 'idempotency-key': key, 'content-type': 'application/json' })
    .send(body)
const leaseEnds = (key: string) =>
  queryRows(database, 'UPDATE idempotency_keys SET locked_until = now() WHERE key = $1', [key])
const rowOf = (key: string) =>
  queryRow<{ status: number | null; resource_id: string | null }>(
    database,
    'SELECT * FROM idempotency_keys WHERE key = $1',
    [key],
  )

/** Work that waits until the test lets it go. */
function gate() {
  let open = () => {}
  let entered = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const reached = new Promise<void>((resolve) => {
    entered = resolve
  })
  const pass = () => {
    entered()
    return opened
  }
  return { open: () => open(), reached, pass }
}

test('the same key and body give the first answer again', async () => {
  const first = await send('key-1').expect(201)
  const again = await send('"key-1"', '{ "value" : 1.0 }').expect(201)
  expect(again.text).toBe(first.text)
  expect(again.get('content-type')).toBe(first.get('content-type'))
  expect([first.get('idempotency-replayed'), again.get('idempotency-replayed')]).toEqual([undefined, 'true'])
  expect(runs).toBe(1)
})

test('the order of fields does not matter, everything else does', async () => {
  await send('key-2', '{"value":1,"extra":{"a":1,"b":[1,2]}}').expect(201)
  await send('key-2', '{"extra":{"b":[1,2],"a":1},"value":1}').expect(201)
  for (const body of [
    '{"value":1}',
    '{"value":1,"extra":{"a":1,"b":[2,1]}}',
    '{"value":2,"extra":{"a":1,"b":[1,2]}}',
  ]) {
    expect((await send('key-2', body).expect(422)).body.code).toBe('idempotency_key_reused')
  }
  expect(runs).toBe(1)
})

test('a key belongs to its user and path', async () => {
  await send('key-3').expect(201)
  await send('key-3', { value: 2 }, '/api/do-it', randomUUID()).expect(201)
  await send('key-3', { value: 3 }, '/api/other').expect(201)
  expect(runs).toBe(3)
})

test('while the first call runs, the second is a 409 that says when to come again', async () => {
  const { open, reached, pass } = gate()
  work = async () => {
    await pass()
    return { done: true }
  }
  const first = send('key-4').then((answer) => answer)
  await reached
  const second = await send('key-4').expect(409)
  expect(second.body.code).toBe('request_in_progress')
  expect(second.get('retry-after')).toBe('1')
  await send('key-4', { value: 2 }).expect(422)
  open()
  expect((await first).status).toBe(201)
  await send('key-4').expect(201)
  expect(runs).toBe(1)
})

test('many at once run once', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => send('key-5')))
  const statuses = answers.map(({ status }) => status)
  expect(new Set(statuses)).toEqual(new Set(statuses.includes(409) ? [201, 409] : [201]))
  expect(runs).toBe(1)
})

test('a conflict that says when to try again frees its key', async () => {
  work = async () => {
    throw new Problem(409, 'busy', 'Later.', { headers: { 'Retry-After': '9' } })
  }
  const first = await send('busy-1').expect(409)
  expect(first.get('retry-after')).toBe('9')
  await send('busy-1').expect(409)
  expect(runs).toBe(2)
})

test.each([409, 422])('a %i is the outcome of what was executed, and is kept', async (status) => {
  work = async () => {
    throw new Problem(status, 'no_way', 'No.', { extra: { left: 3 } })
  }
  const first = await send(`kept-${status}`).expect(status)
  const again = await send(`kept-${status}`).expect(status)
  expect(again.body).toEqual(first.body)
  expect(again.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(again.get('idempotency-replayed')).toBe('true')
  expect(runs).toBe(1)
})

test.each([400, 401, 403, 404, 429, 500, 503])('a %i frees the key', async (status) => {
  work = async () => {
    throw new Problem(status, 'failed', 'No.')
  }
  await send(`freed-${status}`).expect(status)
  expect(await rowOf(`freed-${status}`)).toBeUndefined()
  work = async () => ({ fine: true })
  await send(`freed-${status}`, { value: 2 }).expect(201)
})

test('a bug frees the key, and a body that is not valid never takes it', async () => {
  work = async () => {
    throw new Error('bug')
  }
  await send('key-6').expect(500)
  await send('key-6', { value: 'x' }).expect(400)
  await send('key-6', '{').expect(400)
  work = async () => ({ fine: true })
  await send('key-6').expect(201)
})

test.each(['', ' ', 'a b', 'ключ', 'x'.repeat(256), '""'])('%p is no key', async (key) => {
  const request = supertest(app)
    .post('/api/do-it')
    .set({ authorization: asUser(user) })
  const answer = await request.set('idempotency-key', Buffer.from(key).toString('latin1')).send({ value: 1 })
  // An empty header is no header to some clients: then it is as if there were none.
  expect(answer.status).toBe(400)
  expect(answer.body.errors[0].path).toBe('Idempotency-Key')
  expect(runs).toBe(0)
})

test('nesting that no digest can be made of is refused', async () => {
  const deep = `{"value":1,"x":${'['.repeat(60_000)}${']'.repeat(60_000)}}`
  expect((await send('key-7', deep).expect(400)).body.code).toBe('validation_failed')
  expect(runs).toBe(0)
})

describe('after a crash', () => {
  const attach = async ({ claim }: Call<typeof doIt>, id: string) => {
    await database.transaction((transaction) => claim!.attach(id, transaction))
    return { id }
  }

  test('the next call takes over, and goes on with what was made', async () => {
    const id = newId()
    work = async (call) => {
      if (call.claim?.resourceId) return { id: call.claim.resourceId }
      await attach(call, id)
      // The process dies here, before anything else is written.
      return new Promise(() => undefined)
    }
    const lost = send('crash-1').timeout(100)
    await lost.catch(() => undefined)
    expect(await rowOf('crash-1')).toMatchObject({ status: null, resource_id: id })
    await send('crash-1').expect(409)
    await leaseEnds('crash-1')
    expect((await send('crash-1').expect(201)).body).toEqual({ id })
    expect(runs).toBe(2)
  })

  test('a different body does not take over', async () => {
    work = () => new Promise(() => undefined)
    await send('crash-2')
      .timeout(100)
      .catch(() => undefined)
    await leaseEnds('crash-2')
    await send('crash-2', { value: 2 }).expect(422)
  })

  test('what fails after something was made keeps the key tied to it', async () => {
    const id = newId()
    work = async (call) => {
      await attach(call, id)
      throw new Problem(503, 'down', 'Down.')
    }
    await send('crash-3').expect(503)
    work = async ({ claim }) => ({ resumed: claim?.resourceId })
    expect((await send('crash-3').expect(201)).body).toEqual({ resumed: id })
  })

  test('a run that was taken for dead makes nothing more, and leaves the other answer alone', async () => {
    const slow = gate()
    const ids = [newId(), newId()]
    work = async (call) => {
      const mine = ids[runs - 1]!
      if (runs === 1) await slow.pass()
      return attach(call, mine)
    }
    const first = send('crash-4').then((answer) => answer)
    await slow.reached
    await leaseEnds('crash-4')
    const second = await send('crash-4').expect(201)
    slow.open()
    expect((await first).body.code).toBe('request_in_progress')
    expect(second.body).toEqual({ id: ids[1] })
    expect(await rowOf('crash-4')).toMatchObject({ status: 201, resource_id: ids[1] })
    expect((await send('crash-4').expect(201)).body).toEqual({ id: ids[1] })
  })

  test('a rolled back making leaves the key free', async () => {
    work = async ({ claim }) => {
      await database
        .transaction(async (transaction) => {
          await claim!.attach(newId(), transaction)
          throw new Error('rolled back')
        })
        .catch(() => undefined)
      throw new Problem(503, 'down', 'Down.')
    }
    await send('crash-5').expect(503)
    expect(await rowOf('crash-5')).toBeUndefined()
  })
})

test('an answer with a secret is kept nowhere, and made again out of what the first call made', async () => {
  const key = randomUUID()
  const made = newId()
  const seen: unknown[] = []
  work = async ({ claim }) => {
    seen.push(claim?.resourceId)
    await database.transaction((transaction) => claim!.attach(made, transaction))
    return { clientSecret: 'pi_1_secret_2' }
  }
  const first = await send(key, { value: 1 }, '/api/secret').expect(201)
  const kept = await queryRow(database, 'SELECT status, body FROM idempotency_keys WHERE key = $1', [key])
  expect(kept).toEqual({ status: null, body: null })
  const again = await send(key, { value: 1 }, '/api/secret').expect(201)
  expect(again.body).toEqual(first.body)
  expect([first, again].map((answer) => answer.get('idempotency-replayed'))).toEqual([undefined, 'true'])
  expect(seen).toEqual([null, made])
  const reused = await send(key, { value: 2 }, '/api/secret').expect(422)
  expect(reused.body.code).toBe('idempotency_key_reused')
})

test('keys live for a day', async () => {
  await send('old').expect(201)
  await queryRows(database, `UPDATE idempotency_keys SET expires_at = now() - interval '1 second' WHERE key = 'old'`)
  expect((await send('old', { value: 5 }).expect(201)).body.value).toBe(5)
  await queryRows(database, `UPDATE idempotency_keys SET expires_at = now() - interval '1 second' WHERE key = 'old'`)
  await deleteExpiredKeys(database)
  expect(await rowOf('old')).toBeUndefined()
  expect(await rowOf('key-1')).toBeDefined()
})
