import { randomUUID } from 'node:crypto'
import { captureLog, silentLog } from '@duka/testkit'
import { createRevocations } from '../src/revocations'
import type { User } from '../src/user-tokens'

const minute = 60_000
const user = (more: Partial<User> = {}): User => ({
  id: randomUUID(),
  role: 'admin',
  sessionId: randomUUID(),
  version: 1,
  ...more,
})

type Page = Awaited<ReturnType<Parameters<typeof createRevocations>[0]['fetchPage']>>

/** Revocations on a clock of the test's, told by an auth that a test fills, or takes away. */
function startRevocations({ log = silentLog } = {}) {
  const auth = { pages: [] as Page[], asked: [] as (string | undefined)[], down: false }
  let time = 5_000_000
  const revocations = createRevocations({
    log,
    now: () => time,
    async fetchPage(since) {
      auth.asked.push(since)
      if (auth.down) throw new Error('silent')
      return auth.pages.shift() ?? { revocations: [], next: 'end', more: false }
    },
  })
  return {
    ...revocations,
    auth,
    learn: (told: Page['revocations']) => {
      auth.pages.push({ revocations: told, next: `after ${told.length}`, more: false })
      return revocations.refresh()
    },
    pass: (ms: number) => {
      time += ms
    },
  }
}

test('a session that ended, or a user whose version rose, is revoked; others are not', async () => {
  const revocations = startRevocations()
  const [ended, changed] = [user(), user()]
  await revocations.learn([{ sessionId: ended.sessionId }, { userId: changed.id, version: 3 }])
  expect(revocations.isRevoked(ended)).toBe(true)
  expect(revocations.isRevoked(user({ id: ended.id }))).toBe(false)
  expect(revocations.isRevoked({ ...changed, version: 2 })).toBe(true)
  expect(revocations.isRevoked({ ...changed, version: 3 })).toBe(false)
  await revocations.learn([{ userId: changed.id, version: 2 }])
  expect(revocations.isRevoked({ ...changed, version: 2 })).toBe(true)
})

test('reads all pages, and goes on where it stopped', async () => {
  const revocations = startRevocations()
  const [first, second] = [user(), user()]
  revocations.auth.pages.push(
    { revocations: [{ sessionId: first.sessionId }], next: 'a', more: true },
    { revocations: [{ sessionId: second.sessionId }], next: 'b', more: false },
  )
  await revocations.refresh()
  await revocations.refresh()
  expect(revocations.auth.asked).toEqual([undefined, 'a', 'b'])
  expect([first, second].map(revocations.isRevoked)).toEqual([true, true])
})

test('a page that fails half way is asked for from the start', async () => {
  const revocations = startRevocations()
  await revocations.learn([])
  revocations.auth.down = true
  await expect(revocations.refresh()).rejects.toThrow('silent')
  revocations.auth.down = false
  await revocations.refresh()
  expect(revocations.auth.asked).toEqual([undefined, 'after 0', undefined])
})

test('forgets what no living token can be hit by', async () => {
  const revocations = startRevocations()
  const ended = user()
  await revocations.learn([{ sessionId: ended.sessionId }])
  revocations.pass(15 * minute)
  await revocations.refresh()
  expect(revocations.isRevoked(ended)).toBe(true)
  revocations.pass(2 * minute)
  await revocations.refresh()
  expect(revocations.isRevoked(ended)).toBe(false)
})

test('after a minute of silence nothing is fresh, until auth answers again', async () => {
  const { log, lines } = captureLog()
  const revocations = startRevocations({ log })
  await revocations.learn([])
  revocations.auth.down = true
  revocations.pass(minute)
  await revocations.requireFresh()
  revocations.pass(1)
  await expect(revocations.requireFresh()).rejects.toMatchObject({
    status: 503,
    code: 'identity_unavailable',
    headers: { 'Retry-After': '5' },
  })
  // Not asked again for each call that is refused.
  const { length } = revocations.auth.asked
  await expect(revocations.requireFresh()).rejects.toMatchObject({ status: 503 })
  expect(revocations.auth.asked).toHaveLength(length)
  revocations.auth.down = false
  revocations.pass(3_000)
  await revocations.requireFresh()
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(['revocations_silent', 'revocations_heard'])
})

test('before auth was ever heard, nothing is fresh; the first call that needs it asks', async () => {
  const revocations = startRevocations()
  revocations.auth.down = true
  await expect(revocations.requireFresh()).rejects.toMatchObject({ status: 503 })
  revocations.auth.down = false
  revocations.pass(3_000)
  await Promise.all([revocations.requireFresh(), revocations.requireFresh()])
  expect(revocations.auth.asked).toHaveLength(2)
})

test('keeps a bounded number; what it cannot keep makes it unsure instead of wrong', async () => {
  const revocations = startRevocations()
  const many = (count: number) => Array.from({ length: count }, () => ({ sessionId: randomUUID() }))
  await revocations.learn(many(100_000))
  await revocations.requireFresh()
  await revocations.learn(many(1))
  await expect(revocations.requireFresh()).rejects.toMatchObject({ status: 503 })
  revocations.pass(17 * minute)
  await revocations.refresh()
  await revocations.requireFresh()
})

test('asks by itself every few seconds, sooner after a failure, until it is stopped', async () => {
  jest.useFakeTimers({ doNotFake: ['performance', 'nextTick', 'setImmediate'] })
  try {
    const revocations = startRevocations()
    const { asked } = revocations.auth
    revocations.start()
    revocations.start()
    await jest.advanceTimersByTimeAsync(1)
    expect(asked).toHaveLength(1)
    await jest.advanceTimersByTimeAsync(12_000)
    expect(asked).toHaveLength(2)
    revocations.auth.down = true
    await jest.advanceTimersByTimeAsync(12_000)
    const failed = asked.length
    await jest.advanceTimersByTimeAsync(9_000)
    expect(asked.length).toBeGreaterThanOrEqual(failed + 3)
    revocations.stop()
    const { length } = asked
    await jest.advanceTimersByTimeAsync(60_000)
    expect(asked).toHaveLength(length)
  } finally {
    jest.useRealTimers()
  }
})
