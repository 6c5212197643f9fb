import { captureLog, eventually } from '@duka/testkit'
import { findPort, hasRedis, type RedisServer, startRedis } from '@duka/testkit/redis-server'
import { keepAnswers } from '../src/keep-answers'
import { shareChanges } from '../src/share-changes'

let port: number
let redis: RedisServer | undefined
let stops: (() => Promise<void>)[] = []

beforeEach(async () => {
  port = await findPort()
})
afterEach(async () => {
  for (const stop of stops) await stop()
  stops = []
  await redis?.stop()
  redis = undefined
})

/** An instance of the service whose clock stands still, so that nothing is forgotten but by a change. */
async function startInstance() {
  const { log, lines } = captureLog('info')
  const answers = keepAnswers(() => 0)
  stops.push(await shareChanges(`redis://127.0.0.1:${port}`, answers, log))
  let made = 0
  const read = async (id: string) => {
    const make = async () => ({ etag: '', body: Buffer.from(`${++made}`), isKept: true, tags: [id] })
    return Number((await answers.get(id, make)).body)
  }
  const told = () => lines.map((line) => JSON.parse(line).event as string)
  return {
    answers,
    read,
    told,
    isShared: () => eventually('changes_shared', async () => told().at(-1) === 'changes_shared'),
  }
}

type Instance = Awaited<ReturnType<typeof startInstance>>

/** Waits until both hear each other: connecting makes them forget everything once more. */
async function startTwo(): Promise<[Instance, Instance]> {
  redis = await startRedis(port)
  const two: [Instance, Instance] = [await startInstance(), await startInstance()]
  for (const [one, other] of [two, two.toReversed() as typeof two]) {
    await eventually('a change that the other hears', async () => {
      const before = await other.read('hello')
      one.answers.forget(['hello'])
      return eventually('it', async () => (await other.read('hello')) > before, 500).catch(() => false)
    })
  }
  return two
}

describe(`with ${hasRedis ? 'a real Redis' : 'a stand-in for Redis'}`, () => {
  test('a change by one instance is forgotten by the other, and nothing else is', async () => {
    const [one, other] = await startTwo()
    const [a, b] = [await other.read('a'), await other.read('b')]
    one.answers.forget(['a'])
    one.answers.forget(['c'])
    await eventually('a forgotten', async () => (await other.read('a')) !== a)
    expect(await other.read('b')).toBe(b)
    one.answers.forget('all')
    await eventually('all forgotten', async () => (await other.read('b')) !== b)
  })

  test('who made a change does not hear of it once more', async () => {
    const [one, other] = await startTwo()
    const before = await other.read('a')
    one.answers.forget(['a'])
    const after = await one.read('a')
    await eventually('the other to have heard', async () => (await other.read('a')) !== before)
    expect(await one.read('a')).toBe(after)
  })

  test('a flood of changes is told as one of everything', async () => {
    const [one, other] = await startTwo()
    const untouched = await other.read('untouched')
    one.answers.forget(Array.from({ length: 1_001 }, (_, n) => `product ${n}`))
    await eventually('all forgotten', async () => (await other.read('untouched')) !== untouched)
  })

  test('what is no change in the channel is passed over', async () => {
    const [one, other] = await startTwo()
    const { createClient } = await import('@redis/client')
    const stranger = await createClient({ url: `redis://127.0.0.1:${port}` }).connect()
    const before = await other.read('a')
    for (const text of ['', '{', '{"from":"x","change":7}', '7']) await stranger.publish('duka:products:changed', text)
    stranger.destroy()
    expect(await other.read('a')).toBe(before)
    one.answers.forget(['a'])
    await eventually('a forgotten', async () => (await other.read('a')) !== before)
  })

  test('a Redis that is not there, or goes away, holds nobody up and is told of once; when it is back, nothing is trusted', async () => {
    const instance = await startInstance()
    await eventually('a warning', async () => instance.told().includes('changes_not_shared'))
    instance.answers.forget(['a'])
    redis = await startRedis(port)
    await instance.isShared()
    await redis.stop()
    await eventually('another', async () => instance.told().at(-1) === 'changes_not_shared')
    const before = await instance.read('a')
    expect(await instance.read('a')).toBe(before)
    redis = await startRedis(port)
    await instance.isShared()
    await eventually('nothing trusted', async () => (await instance.read('a')) !== before)
  })
})
