import { join } from 'node:path'
import { startTestShop, type TestShop } from '../shop-support'
import { describeBodies } from './bodies'
import { describeMassAssignment } from './mass-assignment'
import { collectSecrets, linesWith } from './secrets'
import { makeWorld, type World } from './world'

let shop: TestShop
let world: World
let secrets: ReturnType<typeof collectSecrets>

beforeAll(async () => {
  shop = await startTestShop(join(__dirname, '..', '..'), { LOG_LEVEL: 'debug' })
  secrets = collectSecrets(shop)
  world = await makeWorld(shop)
}, 120_000)
afterAll(() => shop?.remove())

const getWorld = () => world

describe('fields that are not a client’s to set', () => describeMassAssignment(getWorld))
describe('bodies and queries', () => describeBodies(getWorld))

test('nothing that was printed holds a password, a token, a secret of a callback or a phone number', async () => {
  expect(secrets.all.size).toBeGreaterThan(50)
  expect(linesWith(secrets.all, await shop.settledLines())).toEqual([])
})

test('none of this made a service fail', async () => {
  const bad = (await shop.settledLines()).filter((line) => /"level":"error"|^duka: .* died/.test(line))
  expect(bad).toEqual([])
})
