import { randomUUID } from 'node:crypto'
import { endpointsByName } from '@duka/contracts'
import { asUser, silentLog, testProof, verifyTestUser } from '@duka/testkit'
import supertest from 'supertest'
import { connectDatabase, createServiceApp, route } from '../src'

// Nothing here gets as far as a database.
const database = connectDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', applicationName: 'test', poolMax: 1 })
afterAll(() => database.close())

const isPublic = (endpoint: (typeof endpointsByName)[number][1]) =>
  endpoint.access === 'anyone' && endpoint.method === 'GET'
const closed = endpointsByName.filter(([, endpoint]) => !isPublic(endpoint))

test.each(closed)('%s: neither an answer nor a refusal may be stored', async (_name, contract) => {
  const app = createServiceApp({
    log: silentLog,
    verifyUser: verifyTestUser,
    proof: testProof(contract.service),
    database,
    checkReady: async () => undefined,
    routes: [
      route({ ...contract, body: undefined, query: undefined, idempotent: false }, async () => ({ fine: true })),
    ],
  })
  const method = contract.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete'
  const path = contract.path.replace(/:\w+/g, () => randomUUID())
  for (const authorization of ['', asUser(), asUser(randomUUID(), 'admin')]) {
    const answer = await supertest(app)[method](path).set({ authorization })
    expect([answer.status < 500, answer.get('cache-control')]).toEqual([true, 'no-store'])
  }
})
