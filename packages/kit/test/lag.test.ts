import { endpoint } from '@duka/contracts'
import { silentLog, testProof, verifyTestUser } from '@duka/testkit'
import supertest from 'supertest'
import { z } from 'zod'
import { allowedLagMs, allowLag, connectDatabase, createServiceApp, noteLag, readMaxLag, route } from '../src'

test('what may lag is for the work alone that it was said for', async () => {
  const { value, asOf } = await allowLag(
    500,
    async () => {
      noteLag(900)
      const inner = await allowLag(0, () => [allowedLagMs()])
      await allowLag(700, () => noteLag(800))
      noteLag(950)
      return [allowedLagMs(), ...inner.value]
    },
    () => undefined,
    () => 1_000,
  )
  expect([value, asOf, allowedLagMs()]).toEqual([[500, 0], 800, 0])
  expect(
    (
      await allowLag(
        500,
        () => noteLag(2_000),
        undefined,
        () => 1_000,
      )
    ).asOf,
  ).toBe(1_000)
})

test.each([
  [undefined, 0],
  ['0', 0],
  ['750', 750],
  ['999999', 60_000],
  ['-5', 0],
  ['1e9', 0],
  ['12345678', 0],
])('a header of %s allows %i ms', (header, ms) => expect(readMaxLag(header)).toBe(ms))

describe('an endpoint', () => {
  const contract = (path: string, mayLag: boolean) =>
    endpoint({
      service: 'order',
      method: 'GET',
      path,
      summary: 'Tells how old it may be',
      access: 'anyone',
      response: z.object({ maxLagMs: z.number() }),
      mayLag,
    })
  const database = connectDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', applicationName: 'none', poolMin: 0 })
  const tell = () => {
    noteLag(performance.now() - 200)
    return { maxLagMs: allowedLagMs() }
  }
  const app = createServiceApp({
    log: silentLog,
    routes: [route(contract('/list', true), tell), route(contract('/thing', false), tell)],
    verifyUser: verifyTestUser,
    proof: testProof('order'),
    database,
    checkReady: async () => undefined,
  })
  afterAll(() => database.close())

  test('that is a list may be as old as the header says, and says how old it is', async () => {
    const { body, headers } = await supertest(app).get('/list').set('X-Max-Lag-Ms', '5000')
    expect(body).toEqual({ maxLagMs: 5000 })
    expect(Number(headers['x-lag-ms'])).toBeGreaterThanOrEqual(200)
  })

  test('may not be old otherwise', async () => {
    for (const [path, header] of [
      ['/list', '0'],
      ['/thing', '5000'],
    ] as const) {
      const { body, headers } = await supertest(app).get(path).set('X-Max-Lag-Ms', header)
      expect([body, headers['x-lag-ms']]).toEqual([{ maxLagMs: 0 }, undefined])
    }
  })
})
