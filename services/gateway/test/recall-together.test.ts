import { captureLog, eventually } from '@duka/testkit'
import { findPort, hasRedis, type RedisServer, startRedis } from '@duka/testkit/redis-server'
import { recallTogether } from '../src/recall-together'

const maxLagMs = 60_000
let redis: RedisServer | undefined
let port: number
let now: number
let closers: (() => Promise<void>)[] = []

beforeEach(async () => {
  now = 1_000_000
  port = await findPort()
})
afterEach(async () => {
  for (const close of closers) await close()
  closers = []
  await redis?.stop()
  redis = undefined
})

/** Long enough that a Redis which only has little of the processor is never given up. */
const patientMs = 20_000

async function start(answerTimeoutMs = patientMs) {
  const { log, lines } = captureLog('info')
  const { recall, close } = await recallTogether(`redis://127.0.0.1:${port}`, maxLagMs, log, {
    now: () => now,
    answerTimeoutMs,
  })
  closers.push(close)
  const events = () => lines.map((line) => JSON.parse(line).event)
  return { recall, tells: (event: string) => eventually(event, async () => events().at(-1) === event) }
}

test('while Redis is away nobody may be shown anything old, and nobody waits for it', async () => {
  const { recall, tells } = await start()
  await tells('readers_not_shared')
  expect(await recall.ageOf('amina')).toBe(0)
  await recall.note('amina', 0)
  redis = await startRedis(port)
  await tells('readers_shared')
})

describe(`with ${hasRedis ? 'a real Redis' : 'a stand-in for Redis'}`, () => {
  beforeEach(async () => {
    redis = await startRedis(port)
  })

  async function startTwo(answerTimeoutMs?: number) {
    const [one, other] = [await start(answerTimeoutMs), await start(answerTimeoutMs)]
    await Promise.all([one.tells('readers_shared'), other.tells('readers_shared')])
    now += 120_000
    return [one.recall, other.recall] as const
  }

  test('what a user saw through one gateway counts at the others', async () => {
    const [one, other] = await startTwo()
    expect(await other.ageOf('amina')).toBe(120_000)
    await one.note('amina', 20_000)
    const age = Number(await other.ageOf('amina'))
    expect(age).toBeGreaterThanOrEqual(20_000)
    await one.note('amina', 0)
    await one.note('amina', 40_000)
    expect(await other.ageOf('amina')).toBeLessThan(20_000)
    expect(await other.ageOf('brian')).toBe(120_000)
  })

  test('what was long ago is not kept', async () => {
    const [one, other] = await startTwo()
    await one.note('amina', maxLagMs)
    expect(await other.ageOf('amina')).toBe(120_000)
  })

  test('a Redis that falls silent makes all read what is new, and for a while after', async () => {
    const [one, other] = await startTwo(100)
    redis?.freeze()
    await one.note('amina', 0)
    expect(await other.ageOf('amina')).toBe(0)
    now += 300
    expect(await other.ageOf('brian')).toBe(0)
  })
})
