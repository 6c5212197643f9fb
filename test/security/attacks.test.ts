import { join } from 'node:path'
import { startTestShop, type TestShop } from '../shop-support'
import { describeBodies } from './bodies'
import { describeEndings, endSessions } from './endings'
import { describeIds } from './ids'
import { describeInternal } from './internal'
import { describeLogins } from './logins'
import { describeMassAssignment } from './mass-assignment'
import { collectSecrets, linesWith } from './secrets'
import { describeTokens } from './tokens'
import { describeWebhooks } from './webhooks'
import { describeWire } from './wire'
import { makeWorld, type World } from './world'

let shop: TestShop
/** Who gets in, and what is sent in, have a customer each: what one part does to theirs is nothing to the other. */
let worlds: { access: World; input: World }
/** Of the start and the seeding. */
let linesBefore: number
let secrets: ReturnType<typeof collectSecrets>
let ended: Awaited<ReturnType<typeof endSessions>>

beforeAll(async () => {
  shop = await startTestShop(join(__dirname, '..', '..'), { LOG_LEVEL: 'debug' })
  linesBefore = shop.lines.length
  secrets = collectSecrets(shop)
  worlds = { access: await makeWorld(shop), input: await makeWorld(shop) }
  ended = await endSessions(worlds.access)
}, 120_000)
afterAll(() => shop?.remove())

const access = () => worlds.access
describe('tokens', () => describeTokens(access))
describe('ids', () => describeIds(access))
describe('internal endpoints', () => describeInternal(access))

const input = () => worlds.input
describe('fields that are not a client’s to set', () => describeMassAssignment(input))
describe('bodies and queries', () => describeBodies(input))
describe('the wire', () => describeWire(input))
describe('logins', () => describeLogins(input))
describe('callbacks', () => describeWebhooks(input, (secret) => secrets.note(secret)))

describe('tokens that ended', () => describeEndings(access, () => ended))

test('nothing that was printed holds a password, a token, a secret of a callback or a phone number', async () => {
  expect(secrets.all.size).toBeGreaterThan(40)
  expect(linesWith(secrets.all, await shop.settledLines())).toEqual([])
})

test('none of this made a service fail', async () => {
  const bad = (await shop.settledLines())
    .slice(linesBefore)
    .filter((line) => /"level":"error"|^duka: .* died/.test(line))
  expect(bad).toEqual([])
})
