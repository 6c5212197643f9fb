import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDiskCheck } from '../check-disk'
import { createNodeCheck } from '../check-node'
import { createProxiesCheck } from '../check-proxies'
import { createRedisCheck, type RedisFacts } from '../check-redis'
import { settingsCheck } from '../check-settings'
import { examine, writeFindings } from '../examine'
import { compareClocks } from '../skew'
import { installationOf } from './support'

test.each([
  ['20.19.0', 'ok'],
  ['24.1.0', 'ok'],
  ['20.18.9', 'wrong'],
  ['18.20.0', 'wrong'],
])('Node %s is %s', async (version, level) => {
  expect(await createNodeCheck(version).run(installationOf({}))).toMatchObject([{ level }])
})

test.each([
  [100, 'wrong'],
  [1000, 'warning'],
  [5000, 'ok'],
])('%i MB of free disk are %s', async (free, level) => {
  const check = createDiskCheck(() => free)
  expect(await check.run(installationOf({}, { isEmbedded: true }))).toMatchObject([{ level }])
  expect(await check.run(installationOf({}, { isEmbedded: false }))).toMatchObject([{ level: 'ok' }])
})

test('a data folder that is none is wrong, and one that is not there yet is not', async () => {
  const look = (dataDir: string) => createDiskCheck(() => 5000).run(installationOf({}, { isEmbedded: true, dataDir }))
  expect(await look(join(__filename, 'data'))).toMatchObject([
    { level: 'wrong', says: `${__filename} is no folder that this user may write to` },
  ])
  expect(await look(join(tmpdir(), 'no-such-folder', 'data'))).toMatchObject([{ level: 'ok' }])
})

test('valid settings are said to be valid, for every service', async () => {
  const found = await settingsCheck.run(installationOf({}))
  expect(found.filter(({ level }) => level !== 'ok')).toEqual([])
  expect(found.map(({ what }) => what)).toEqual(expect.arrayContaining(['auth settings', 'gateway settings']))
})

test.each([
  [{ VAT_RATE: 'much' }, 'order settings', /VAT_RATE must be per cent/],
  [{ REDIS_URL: 'hidden-word' }, 'gateway settings', /REDIS_URL must be such as/],
  [
    { MPESA_CONSUMER_KEY: 'k', MPESA_CALLBACK_URL: 'https://mpesa.example.com' },
    'payment settings',
    /must not contain/,
  ],
  [{ STRIPE_SECRET_KEY: 'hidden-word' }, 'payment settings', /STRIPE_SECRET_KEY must be a secret key/],
  [{ GATEWAY_PORT: 'x' }, 'settings', /GATEWAY_PORT must be a port number/],
])('what is wrong about %j is said by name', async (given, what, says) => {
  const found = await settingsCheck.run(installationOf(given as Record<string, string>))
  expect(found).toContainEqual(expect.objectContaining({ level: 'wrong', what, says: expect.stringMatching(says) }))
  expect(JSON.stringify(found)).not.toContain('hidden-word')
})

test('secrets of development are wrong in production, and only there', async () => {
  const given = { ADMIN_PASSWORD: 'development-only' }
  const problem = expect.objectContaining({
    level: 'wrong',
    says: expect.stringMatching(/ADMIN_PASSWORD is a development/),
  })
  expect(await settingsCheck.run(installationOf(given, { nodeEnv: 'production' }))).toContainEqual(problem)
  expect(await settingsCheck.run(installationOf(given))).not.toContainEqual(problem)
})

test('a service whose program is not here is said not to be checked', async () => {
  const found = await settingsCheck.run(installationOf({}, { load: () => undefined }))
  expect(found).toContainEqual(expect.objectContaining({ level: 'warning', what: 'order settings' }))
})

test.each([
  [{}, 'ok', /none is believed/],
  [{ PUBLIC_BASE_URL: 'http://192.0.2.7:5000' }, 'ok', /none is believed/],
  [{ PUBLIC_BASE_URL: 'https://shop.example' }, 'warning', /429 together/],
  [{ PUBLIC_BASE_URL: 'https://localhost:5000' }, 'warning', /429 together/],
  [{ PUBLIC_BASE_URL: 'http://localhost:8080' }, 'warning', /429 together/],
  [{ PUBLIC_BASE_URL: 'http://shop.example:5000', TRUST_PROXY_HOPS: '0' }, 'warning', /429 together/],
  [{ PUBLIC_BASE_URL: 'https://shop.example', TRUST_PROXY_HOPS: '1' }, 'ok', /1 believed/],
  [{ TRUST_PROXY_HOPS: '1' }, 'warning', /anybody can make up an address/],
])('of the proxies in front, %j is %s', async (given, level, says) => {
  const check = createProxiesCheck(['localhost', '192.0.2.7'])
  const [found, ...more] = await check.run(installationOf(given as Record<string, string>))
  expect(more).toEqual([])
  expect(found).toMatchObject({ level, says: expect.stringMatching(says) })
  if (level === 'warning') expect(found?.mend).toContain('TRUST_PROXY_HOPS')
})

const good: RedisFacts = { version: '8.0.1', role: 'master', maxMemory: 64e6, policy: 'allkeys-lru' }

test.each([
  [good, 'ok'],
  [{ ...good, version: '5.0.14' }, 'wrong'],
  [{ ...good, role: 'slave' }, 'wrong'],
  [{ ...good, policy: 'noeviction' }, 'warning'],
  [{ ...good, maxMemory: 0 }, 'warning'],
])('a Redis such as %j is %s', async (facts, level) => {
  const check = createRedisCheck(async () => facts)
  expect(await check.run(installationOf({ REDIS_URL: 'redis://127.0.0.1:1' }))).toMatchObject([{ level }])
})

test('a Redis that is not there is wrong; none set is right', async () => {
  const found = await createRedisCheck().run(installationOf({ REDIS_URL: 'redis://:hidden-word@127.0.0.1:1' }))
  expect(found).toMatchObject([{ level: 'wrong', says: expect.stringMatching(/ECONNREFUSED/) }])
  expect(JSON.stringify(found)).not.toContain('hidden-word')
  expect(await createRedisCheck().run(installationOf({}))).toMatchObject([{ level: 'ok' }])
})

test('what Redis answers is told by its code', async () => {
  const refusing = createRedisCheck(async () => Promise.reject(new Error('WRONGPASS of hidden-word is no password')))
  const found = await refusing.run(installationOf({ REDIS_URL: 'redis://127.0.0.1:1' }))
  expect(found).toMatchObject([{ level: 'wrong', says: 'does not answer (WRONGPASS)' }])
  expect(JSON.stringify(found)).not.toContain('hidden-word')
})

test.each([
  [0, 'ok'],
  [4_000, 'ok'],
  [-4_000, 'ok'],
  [60_000, 'warning'],
  [-60_000, 'warning'],
])('a clock that is %i ms off is %s', (ms, level) => {
  expect(compareClocks('clock', new Date(1_000_000 + ms), 1_000_000, 1_000_000)).toMatchObject({ level })
})

test('an installation of which nothing answers is told in full, with what to do and without a secret', async () => {
  const found = await examine(installationOf({ REDIS_URL: 'redis://:hidden-word@127.0.0.1:1' }))
  const wrong = found.filter(({ level }) => level === 'wrong')
  expect(wrong.map(({ what }) => what)).toEqual(expect.arrayContaining(['auth database', 'cart database', 'Redis']))
  expect(wrong.every(({ mend }) => mend)).toBe(true)
  const text = writeFindings(found)
  expect(text.split('\n')).toHaveLength(found.length)
  expect(text).toMatch(/^WRONG {4}order database +does not answer \(ECONNREFUSED\) → ORDER_DATABASE_URL: /m)
  expect(text + JSON.stringify(found)).not.toContain('hidden-word')
})
