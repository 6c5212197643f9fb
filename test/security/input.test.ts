import { join } from 'node:path'
import { startTestShop, type TestShop } from '../shop-support'
import { describeBodies } from './bodies'
import { describeLogins } from './logins'
import { describeMassAssignment } from './mass-assignment'
import { collectSecrets, linesWith } from './secrets'
import { describeWebhooks } from './webhooks'
import { describeWire } from './wire'
import { makeWorld, type World } from './world'

let shop: TestShop
let world: World
/** Of the start and the seeding. */
let linesBefore: number
let secrets: ReturnType<typeof collectSecrets>

beforeAll(async () => {
  shop = await startTestShop(join(__dirname, '..', '..'), { LOG_LEVEL: 'debug' })
  linesBefore = shop.lines.length
  secrets = collectSecrets(shop)
  world = await makeWorld(shop)
}, 120_000)
afterAll(() => shop?.remove())

const getWorld = () => world

describe('fields that are not a client’s to set', () => describeMassAssignment(getWorld))
describe('bodies and queries', () => describeBodies(getWorld))
describe('the wire', () => describeWire(getWorld))
describe('logins', () => describeLogins(getWorld))
describe('callbacks', () => describeWebhooks(getWorld, (secret) => secrets.note(secret)))

test('nothing that was printed holds a password, a token, a secret of a callback or a phone number', async () => {
  expect(secrets.all.size).toBeGreaterThan(20)
  expect(linesWith(secrets.all, await shop.settledLines())).toEqual([])
})

test('none of this made a service fail', async () => {
  const bad = (await shop.settledLines())
    .slice(linesBefore)
    .filter((line) => /"level":"error"|^duka: .* died/.test(line))
  expect(bad).toEqual([])
})
