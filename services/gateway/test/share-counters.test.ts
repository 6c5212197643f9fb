import { captureLog, eventually } from '@duka/testkit'
import { findPort, hasRedis, type RedisServer, startRedis } from '@duka/testkit/redis-server'
import { type SharedCounters, shareCounters } from '../src/share-counters'
import { ask, startGateway, type TestGateway } from './support'

const quota = 4
let port: number
let redis: RedisServer | undefined
let running: { gateway: TestGateway; counters: SharedCounters; lines: string[] }[] = []

beforeEach(async () => {
  port = await findPort()
})
afterEach(async () => {
  for (const { gateway, counters } of running) await Promise.all([gateway.stop(), counters.close()])
  running = []
  await redis?.stop()
  redis = undefined
})

/** Long enough that a Redis which only has little of the processor is never given up. */
const patientMs = 20_000

async function start(answerTimeoutMs = patientMs) {
  const { log, lines } = captureLog('info')
  const counters = await shareCounters(`redis://127.0.0.1:${port}`, log, answerTimeoutMs)
  const gateway = await startGateway({ counters, rateLimitFactor: quota / 3000 })
  running.push({ gateway, counters, lines })
  const read = async () => (await ask(gateway, '/api/products')).status
  const told = () => lines.map((line) => JSON.parse(line).event)
  const tells = (event: string) => eventually(event, async () => told().at(-1) === event)
  return { gateway, read, told, tells }
}

async function times(count: number, act: () => Promise<number>): Promise<number[]> {
  const statuses: number[] = []
  for (let round = 0; round < count; round++) statuses.push(await act())
  return statuses
}

describe(`with ${hasRedis ? 'a real Redis' : 'a stand-in for Redis'}`, () => {
  test('two gateways count together', async () => {
    redis = await startRedis(port)
    const [one, other] = [await start(), await start()]
    await Promise.all([one.tells('limits_shared'), other.tells('limits_shared')])
    expect(await times(3, one.read)).toEqual([200, 200, 200])
    expect(await times(2, other.read)).toEqual([200, 429])
    expect(await one.read()).toBe(429)
  })

  test('a success is taken back where only failures count', async () => {
    redis = await startRedis(port)
    const { gateway, tells } = await start()
    await tells('limits_shared')
    // Three in all: the general limit is not reached by these.
    const login = async () => (await ask(gateway, '/api/login', { method: 'POST', body: '{}' })).headers.ratelimit
    expect(await login()).toMatch(/"login";r=0/)
    await eventually('the success taken back', async () => /"login";r=0/.test(String(await login())))
  })

  test('a Redis that is not there at the start is waited for by nobody, and used once it comes', async () => {
    const { read, told, tells } = await start()
    expect(await times(quota + 1, read)).toEqual([...Array(quota).fill(200), 429])
    await tells('limits_in_memory')
    redis = await startRedis(port)
    await tells('limits_shared')
    expect(await times(quota + 1, read)).toEqual([...Array(quota).fill(200), 429])
    expect(told()).toEqual(['limits_in_memory', 'limits_shared'])
  })

  test('a Redis that dies is done without, which is said once, and used again when it is back', async () => {
    redis = await startRedis(port)
    const { read, told, tells } = await start()
    await tells('limits_shared')
    expect(await times(quota + 1, read)).toEqual([...Array(quota).fill(200), 429])
    await redis.stop()
    await tells('limits_in_memory')
    expect(await times(quota + 1, read)).toEqual([...Array(quota).fill(200), 429])
    redis = await startRedis(port)
    await tells('limits_shared')
    expect(await read()).toBe(200)
    expect(told()).toEqual(['limits_shared', 'limits_in_memory', 'limits_shared'])
  })

  test('a Redis that hangs is not waited for', async () => {
    redis = await startRedis(port)
    const { read, tells } = await start(100)
    await tells('limits_shared')
    redis.freeze()
    expect(await times(quota, read)).toEqual(Array(quota).fill(200))
    await tells('limits_in_memory')
  })
})
