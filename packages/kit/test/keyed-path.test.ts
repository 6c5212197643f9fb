import { randomUUID } from 'node:crypto'
import { type Endpoint, endpoint, endpointsByName } from '@duka/contracts'
import { asUser, createTestDatabase, silentLog, type TestDatabase, testProof, verifyTestUser } from '@duka/testkit'
import type { Express } from 'express'
import type { Sequelize } from 'sequelize'
import supertest from 'supertest'
import { z } from 'zod'
import { connectDatabase, createServiceApp, idempotencyMigration, keyedPath, migrateDatabase, route } from '../src'

const idempotent = endpointsByName.filter(([, { idempotent }]) => idempotent)
const withParams = idempotent.filter(([, { path }]) => path.includes(':'))

/** The same address for anybody and with any body, so that only its key decides. */
const bare = ({ method, path, params }: Endpoint) =>
  endpoint({
    service: 'order',
    method,
    path,
    summary: '',
    access: 'user',
    idempotent: true,
    params,
    body: z.object({}),
    response: z.unknown(),
  })

let testDatabase: TestDatabase
let database: Sequelize
let app: Express

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  await migrateDatabase(testDatabase.url, [idempotencyMigration])
  database = connectDatabase({ url: testDatabase.url, applicationName: 'test' })
  app = createServiceApp({
    log: silentLog,
    verifyUser: verifyTestUser,
    proof: testProof('order'),
    database,
    checkReady: async () => undefined,
    routes: idempotent.map(([, contract]) =>
      route(bare(contract), async ({ params }) => ({ params, run: randomUUID() })),
    ),
  })
})
afterAll(async () => {
  await database.close()
  await testDatabase.drop()
})

const user = randomUUID()
const send = async (path: string, key: string) => {
  const headers = { authorization: asUser(user), 'idempotency-key': key }
  return (await supertest(app).post(path).set(headers).send({}).expect(200)).body.run as string
}
/** Another value for every parameter. */
const fill = ({ path }: Endpoint) => path.replace(/:\w+/g, () => randomUUID())

test('there are endpoints with a key and an id in their path', () => {
  expect(withParams.length).toBeGreaterThanOrEqual(4)
})

describe.each(withParams)('%s', (_name, contract) => {
  test('under another id the same key is another one', async () => {
    const [key, here, there] = [randomUUID(), fill(contract), fill(contract)]
    const first = await send(here, key)
    expect(await send(there, key)).not.toBe(first)
    expect(await send(here, key)).toBe(first)
  })

  test('an id in capitals is the same id', async () => {
    const [key, here] = [randomUUID(), fill(contract)]
    const capitals = here.replace(/[0-9a-f-]{36}/g, (id) => id.toUpperCase())
    expect(await send(capitals, key)).toBe(await send(here, key))
  })
})

test.each(idempotent)(
  '%s: another query is another request, the order of its parts is not',
  async (_name, contract) => {
    const [key, here] = [randomUUID(), fill(contract)]
    const first = await send(here, key)
    const other = await send(`${here}?b=2&a=1`, key)
    expect(other).not.toBe(first)
    expect(await send(`${here}?a=1&b=2`, key)).toBe(other)
    expect(await send(`${here}?a=1&b=3`, key)).not.toBe(other)
    expect(await send(`${here}?`, key)).toBe(first)
  },
)

test('a query of any length makes a path that an index takes', () => {
  const path = keyedPath({ path: '/a/:id' }, { id: 'x' }, `/a/x?${'q'.repeat(15_000)}`)
  expect(path).toMatch(/^\/a\/x\?[0-9a-f]{64}$/)
})
