import { join } from 'node:path'
import { startTestShop, type TestShop } from '../shop-support'
import { describeEndings, endSessions } from './endings'
import { describeIds } from './ids'
import { describeInternal } from './internal'
import { collectSecrets, linesWith } from './secrets'
import { describeTokens } from './tokens'
import { makeWorld, type World } from './world'

let shop: TestShop
let world: World
/** Of the start and the seeding. */
let linesBefore: number
let secrets: ReturnType<typeof collectSecrets>
let ended: Awaited<ReturnType<typeof endSessions>>

beforeAll(async () => {
  shop = await startTestShop(join(__dirname, '..', '..'), { LOG_LEVEL: 'debug' })
  linesBefore = shop.lines.length
  secrets = collectSecrets(shop)
  world = await makeWorld(shop)
  ended = await endSessions(world)
}, 120_000)
afterAll(() => shop?.remove())

const getWorld = () => world

describe('tokens', () => describeTokens(getWorld))
describe('ids', () => describeIds(getWorld))
describe('internal endpoints', () => describeInternal(getWorld))
describe('tokens that ended', () => describeEndings(getWorld, () => ended))

test('nothing that was printed holds a password, a token or a phone number', async () => {
  expect(secrets.all.size).toBeGreaterThan(20)
  expect(linesWith(secrets.all, await shop.settledLines())).toEqual([])
})

test('none of this made a service fail', async () => {
  const bad = (await shop.settledLines())
    .slice(linesBefore)
    .filter((line) => /"level":"error"|^duka: .* died/.test(line))
  expect(bad).toEqual([])
})
