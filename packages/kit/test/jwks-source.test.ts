import { generateKeyPairSync } from 'node:crypto'
import { createJwksSource } from '../src'

const minute = 60_000

function jwk(kid: string) {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...publicKey.export({ format: 'jwk' }), kid }
}

/** An auth that publishes what a test says, or is down, and counts how often it is asked. */
function createAuth(...kids: string[]) {
  const auth = { keys: kids.map(jwk), asked: 0, isDown: false }
  const source = createJwksSource(async () => {
    auth.asked += 1
    if (auth.isDown) throw new Error('down')
    return { keys: auth.keys }
  })
  return Object.assign(auth, { source })
}

let now = Date.now()

beforeEach(() => {
  jest.spyOn(Date, 'now').mockImplementation(() => now)
})
afterEach(() => {
  jest.restoreAllMocks()
})

test('keys are fetched once, when the first is needed', async () => {
  const auth = createAuth('a', 'b')
  const found = await Promise.all(['a', 'b', 'a', 'c'].map((kid) => auth.source(kid)))
  expect(found.map((key) => key?.asymmetricKeyType)).toEqual(['ec', 'ec', 'ec', undefined])
  await auth.source('a')
  expect(auth.asked).toBe(1)
})

test('a new key is found without a restart', async () => {
  const auth = createAuth('a')
  await auth.source('a')
  auth.keys = [jwk('b')]
  now += 5_001
  expect(await auth.source('b')).toBeDefined()
  expect(await auth.source('a')).toBeUndefined()
})

test('made-up kids cause no flood, whether auth answers or not', async () => {
  const auth = createAuth('a')
  await auth.source('a')
  for (const isDown of [false, true]) {
    auth.isDown = isDown
    auth.asked = 0
    now += 5_001
    for (let count = 0; count < 20; count++) await auth.source(`made-up-${count}`).catch(() => undefined)
    expect(auth.asked).toBe(1)
  }
})

test('while auth is silent, the keys that are known stay good', async () => {
  const auth = createAuth('a')
  await auth.source('a')
  auth.isDown = true
  now += 60 * minute
  for (let count = 0; count < 10; count++) expect(await auth.source('a')).toBeDefined()
  expect(auth.asked).toBe(2)
})

test('known keys are fetched anew in the background, so that one that was taken back ends', async () => {
  const auth = createAuth('a')
  await auth.source('a')
  auth.keys = [jwk('b')]
  now += 4 * minute
  await auth.source('a')
  expect(auth.asked).toBe(1)
  now += 2 * minute
  await auth.source('a')
  // The fetch was begun by the call before; an unknown kid waits for it.
  expect(await auth.source('b')).toBeDefined()
  expect(await auth.source('a')).toBeUndefined()
  expect(auth.asked).toBe(2)
})

test('auth that is down at first is asked until it answers', async () => {
  const auth = createAuth('a')
  auth.isDown = true
  await expect(auth.source('a')).rejects.toThrow('down')
  await expect(auth.source('a')).rejects.toThrow('down')
  auth.isDown = false
  expect(await auth.source('a')).toBeDefined()
})
