import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { eventually } from '@duka/testkit'
import { createDatabasesWithRoles } from '../scripts/postgres'
import { services } from '../scripts/supervisor/processes'
import { type Replicated, startReplicated } from './replicated-postgres'
import { startTestShop, type TestShop } from './shop-support'

const owned = services.flatMap(({ name, database, settings }) => {
  if (!database) return []
  const readSetting = database.setting.replace('_URL', '_READ_URL')
  const role = { database: database.name, role: name, password: randomBytes(12).toString('hex') }
  return [{ ...role, setting: database.setting, readSetting: settings.includes(readSetting) ? readSetting : undefined }]
})

let servers: Replicated
let shop: TestShop

beforeAll(async () => {
  servers = await startReplicated((primary) => createDatabasesWithRoles(primary.adminUrl('postgres'), owned))
  const settings = owned.flatMap((each) => [
    [each.setting, servers.primary.urlOf(each)],
    ...(each.readSetting ? [[each.readSetting, servers.replicaUrlOf(each)]] : []),
  ])
  shop = await startTestShop(join(__dirname, '..'), { ...Object.fromEntries(settings), READ_MAX_LAG_SECONDS: '60' })
}, 300_000)
afterAll(async () => {
  await shop?.remove()
  await servers?.remove()
}, 300_000)

/** How many statements the replica of a service ran. */
async function readsAtReplica(service: string): Promise<number> {
  const text = await (await fetch(`${shop.serviceUrl(service)}/metrics`)).text()
  return Number(/^db_reads_total\{[^}]*from="replica"[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0)
}

/** The token of a new admin, who has seen and written nothing. */
async function openAdmin(): Promise<string> {
  const { id, email, password } = await shop.openAccount()
  const promoted = await shop.send('PATCH', `/api/auth/users/${id}`, {
    token: await shop.admin(),
    body: { role: 'admin' },
  })
  expect(promoted.status).toBe(200)
  const { body } = await shop.post('/api/auth/login', { email, password })
  return (body as { token: string }).token
}

const ordersIn = ({ body }: { body: unknown }) => (body as { orders: { id: string; status: string }[] }).orders

test('every service with lists has a replica', () => {
  expect(owned.filter(({ readSetting }) => readSetting).map(({ role }) => role)).toEqual([
    'auth',
    'product',
    'order',
    'payment',
  ])
})

test('lists come from the replica', async () => {
  await servers.catchUp()
  const admin = await openAdmin()
  const lists = {
    auth: '/api/auth/users',
    product: '/api/products?limit=7',
    order: '/api/admin/orders',
    payment: '/api/admin/payments',
  }
  for (const [service, path] of Object.entries(lists)) {
    const before = await readsAtReplica(service)
    await eventually(`${service}'s list to come from the replica`, async () => {
      expect((await shop.get(path, admin)).status).toBe(200)
      return (await readsAtReplica(service)) > before
    })
  }
}, 300_000)

test('a purchase needs no replica: with replay paused all goes well, and who buys sees it all', async () => {
  const onlooker = await openAdmin()
  await servers.catchUp()
  await servers.pauseReplay()
  const { buyer, orderId, paymentId } = await shop.startToPay('0700000000')
  const others = await shop.get('/api/admin/orders', onlooker)
  expect(ordersIn(others).map(({ id }) => id)).not.toContain(orderId)
  await shop.untilPaid(buyer, orderId, paymentId)
  expect(ordersIn(await shop.get('/api/orders', buyer))).toMatchObject([{ id: orderId, status: 'paid' }])

  const second = await shop.startToOrder()
  expect(
    (await shop.send('PUT', `/api/orders/${second.orderId}/cancel`, { token: second.buyer, body: {} })).status,
  ).toBe(200)
  expect(ordersIn(await shop.get('/api/orders', second.buyer))).toMatchObject([{ status: 'cancelled' }])

  await servers.resumeReplay()
  await eventually('the onlooker to see it', async () =>
    ordersIn(await shop.get('/api/admin/orders', onlooker)).some(
      ({ id, status }) => id === orderId && status === 'paid',
    ),
  )
}, 300_000)

test('a replica that is down is missed by nobody, and used again when it is back', async () => {
  const admin = await openAdmin()
  await servers.stopReplica()
  const { orderId } = await shop.startToOrder()
  const listed = await shop.get('/api/admin/orders', admin)
  expect(listed.status).toBe(200)
  expect(ordersIn(listed).map(({ id }) => id)).toContain(orderId)
  await servers.restartReplica()
  const before = await readsAtReplica('order')
  await eventually('the replica to be used', async () => {
    await shop.get('/api/admin/orders', admin)
    return (await readsAtReplica('order')) > before
  })
}, 300_000)
