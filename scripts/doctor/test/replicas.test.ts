import { type Replicated, startReplicated } from '../../../test/replicated-postgres'
import { createDatabasesWithRoles } from '../../postgres'
import { checkAllowance, replicasCheck } from '../check-replicas'
import { installationOf } from './support'

const order = { database: 'order_db', role: 'order', password: 'hidden-word' }
const cart = { database: 'cart_db', role: 'cart', password: 'hidden-word' }
let servers: Replicated

beforeAll(async () => {
  servers = await startReplicated((primary) => createDatabasesWithRoles(primary.adminUrl('postgres'), [order, cart]))
}, 120_000)
afterAll(() => servers?.remove(), 60_000)

/** What is said of a replica of order's database, and nothing else. */
async function look(readUrl: string, primaryUrl = servers.primary.urlOf(order)) {
  const given = { ORDER_DATABASE_READ_URL: readUrl, READ_MAX_LAG_SECONDS: '5' }
  const found = await replicasCheck.run(installationOf(given, { databases: { order: primaryUrl } }))
  expect(JSON.stringify(found)).not.toContain('hidden-word')
  return found
}

test('a replica of that very database is right, and one that shows nothing new is not', async () => {
  await servers.catchUp()
  const right = [{ what: 'order replica', level: 'ok', says: expect.stringMatching(/^shows what its primary had/) }]
  expect(await look(servers.replicaUrlOf(order))).toEqual(right)
  await servers.pauseReplay()
  await servers.runAtPrimary(order.database, 'CREATE TABLE things (id int)')
  await servers.runAtPrimary(order.database, 'GRANT SELECT ON things TO "order"')
  expect(await look(servers.replicaUrlOf(order))).toMatchObject([
    { level: 'warning', says: 'replays nothing: it is paused' },
  ])
  await servers.resumeReplay()
  await servers.catchUp()
  expect(await look(servers.replicaUrlOf(order))).toEqual(right)
})

test.each([
  ['the primary itself', () => servers.primary.urlOf(order), /is no replica/],
  ['a replica of another database', () => servers.replicaUrlOf(cart), /is the replica of another database/],
  ['a wrong password', () => servers.replicaUrlOf({ ...order, password: 'x' }), /does not answer \(28P01\)/],
  ['a server that is not there', () => 'postgres://order:hidden-word@127.0.0.1:1/order_db', /ECONNREFUSED/],
  ['no address', () => 'postgres://order:hidden-word@[/order_db', /ERR_INVALID_URL/],
])('%s is wrong', async (_what, url, says) => {
  const found = await look(url())
  expect(found).toMatchObject([{ what: 'order replica', level: 'wrong', says: expect.stringMatching(says) }])
  expect(found[0]?.mend).toContain('ORDER_DATABASE_READ_URL')
})

test('where the primary cannot be asked, that is said', async () => {
  const found = await look(servers.replicaUrlOf(order), 'postgres://order:x@127.0.0.1:1/order_db')
  expect(found).toMatchObject([{ level: 'warning', says: expect.stringMatching(/^not compared/) }])
})

test('a user who may not read the tables is of no use', async () => {
  await servers.runAtPrimary(order.database, 'CREATE TABLE secrets (id int); REVOKE ALL ON secrets FROM "order"')
  await servers.catchUp()
  const found = await look(servers.replicaUrlOf(order))
  expect(found).toContainEqual(
    expect.objectContaining({ level: 'wrong', says: 'its user may not read 1 of its tables' }),
  )
})

test.each([
  [[], undefined, undefined],
  [['product'], undefined, undefined],
  [['product', 'order'], undefined, /those of order$/],
  [[], '5', /has no effect/],
  [['order'], '0.2', /most reads will not be made there/],
  [['order'], '5', undefined],
])('with replicas of %j and READ_MAX_LAG_SECONDS %s', (replicas, allowed, says) => {
  const found = checkAllowance(replicas, allowed)
  expect(found.map((each) => each.says)).toEqual(says ? [expect.stringMatching(says)] : [])
})
