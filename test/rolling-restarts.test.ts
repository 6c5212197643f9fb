import { join } from 'node:path'
import { eventually } from '@duka/testkit'
import { audited, type DatabaseUrls, openBooks } from '../scripts/audit/books'
import { auditUntilQuiet, violationsOf } from '../scripts/audit/run-audit'
import { freePortSettings } from '../scripts/free-port'
import { findDatabase } from '../scripts/supervisor/find-databases'
import { services } from '../scripts/supervisor/processes'
import { type Front, startFront } from './front'
import { SecondInstance } from './second-instance'
import { startTestShop, type TestShop } from './shop-support'
import { buildAll } from './start-support'

jest.setTimeout(600_000)

const rootDir = join(__dirname, '..')
const customers = 4
const behind = services.filter(({ urlSetting }) => urlSetting)
const gatewayPort = services.find(({ name }) => name === 'gateway')!.portSetting

let shop: TestShop
let front: Front
let seconds: SecondInstance[] = []

type Ports = Record<string, string>
const at = (ports: Ports, portSetting: string) => `http://127.0.0.1:${ports[portSetting]}`

// Customers, Safaricom and Stripe come by what stands before the two gateways, as they would to a cluster.
beforeAll(async () => {
  buildAll()
  const others = await freePortSettings(services)
  const addressesIn = (first: Ports) =>
    behind.map(({ urlSetting, portSetting }) => [urlSetting, `${at(first, portSetting)},${at(others, portSetting)}`])
  shop = await startTestShop(rootDir, async (first) => {
    front = await startFront([at(first, gatewayPort), at(others, gatewayPort)])
    const public_ = { PUBLIC_BASE_URL: front.url, MPESA_CALLBACK_URL: front.url }
    return { ...Object.fromEntries(addressesIn(first)), ...public_, DARAJA_SIMULATOR_AUTO: 'pay' }
  })
  shop.front = front.url
  seconds = services.map(
    (spec) => new SecondInstance(rootDir, spec, shop.environmentOf(spec, others), at(others, spec.portSetting)),
  )
  await Promise.all(seconds.map((each) => each.start()))
})

afterAll(async () => {
  await Promise.all(seconds.map((each) => each.stop()))
  await front?.stop()
  await shop?.remove()
})

/** A customer who fills a cart, orders and pays; throws where any answer is not the one that it should be. */
async function goShopping(): Promise<string> {
  const { buyer, orderId, paymentId, productId } = await shop.startToPay()
  await shop.untilPaid(buyer, orderId, paymentId)
  const added = await shop.post('/api/cart/items', { productId, quantity: 1 }, buyer)
  expect([added.status, added.body]).toEqual([200, expect.anything()])
  const { body } = await shop.get('/api/cart', buyer)
  // What was sent twice would be there twice.
  expect(body).toMatchObject({ cart: { items: [{ productId, quantity: 1 }] } })
  expect((await shop.readProduct(productId)).stock).toBe(3)
  return orderId
}

function startLoad() {
  const orders: string[] = []
  const failures: string[] = []
  let isOver = false
  let calm: Promise<unknown> = Promise.resolve()
  const going = Array.from({ length: customers }, async (_, number) => {
    while (!isOver) {
      await goShopping().then(
        (id) => orders.push(id),
        (error: Error) => failures.push(error.message),
      )
      if (number > 0) await calm
    }
  })
  /** Leaves the machine to an instance that only starts: all customers but one wait, each with what they have bought. */
  const calmWhile = (work: Promise<unknown>) => {
    calm = work.catch(() => {})
    return work
  }
  /** Until enough more requests were answered that every instance has had some. */
  const goOn = async () => {
    const before = front.answered()
    await eventually('more requests', async () => front.answered() > before + 12 * customers, 60_000)
  }
  const stop = async () => {
    isOver = true
    await Promise.all(going)
  }
  return { orders, failures, goOn, calmWhile, stop }
}

/** Whether a gateway leaves out no address, going by what it said since its last start. */
function isWhole(lines: readonly string[]): boolean {
  const since = lines.slice(lines.findLastIndex((line) => line.includes('"event":"ready"')))
  const count = (event: string) => since.filter((line) => line.includes(`"event":"${event}"`)).length
  return count('address_out') === count('address_back')
}

async function untilAllAreBack(): Promise<void> {
  const second = seconds.find(({ spec }) => spec.name === 'gateway')!
  const first = () => shop.lines.filter((line) => line.startsWith('gateway: '))
  const areWhole = () => front.isWhole() && isWhole(first()) && isWhole(second.lines)
  await eventually('all to be taken back', async () => areWhole(), 60_000)
}

/** Failures with what the instances wrote about them. */
function explain(failures: readonly string[]): string[] {
  const lines = [...shop.lines, ...seconds.flatMap((each) => each.lines)]
  return failures.flatMap((failure) => {
    const requestId = /"requestId":"([^"]+)"/.exec(failure)?.[1]
    return [failure, ...lines.filter((line) => requestId !== undefined && line.includes(requestId))]
  })
}

async function auditShop() {
  const urls = Object.fromEntries(audited.map((name) => [name, findDatabase(name, {}, shop.dataDir)])) as DatabaseUrls
  const books = await openBooks(urls, { daraja: shop.simulatorUrl, stripe: shop.serviceUrl('stripe') })
  try {
    const rows = await books.order.rows<{ count: number }>(`SELECT count(*)::int AS count FROM orders`)
    return { violations: violationsOf(await auditUntilQuiet(books, 60)), orders: rows[0]?.count }
  } finally {
    await books.close()
  }
}

test('every one of two instances of all services is restarted in turn under load, no request is lost and none is done twice', async () => {
  const load = startLoad()
  for (const second of seconds) {
    const { name } = second.spec
    await load.goOn()
    await shop.end(name, 'SIGTERM')
    await load.calmWhile(shop.untilBack(name))
    await untilAllAreBack()
    await load.goOn()
    expect([name, await second.stop()]).toEqual([name, 0])
    await load.calmWhile(second.start())
    await untilAllAreBack()
  }
  await load.goOn()
  await load.stop()
  expect(explain(front.failures)).toEqual([])
  expect(load.failures).toEqual([])
  expect(load.orders.length).toBeGreaterThan(seconds.length)
  expect(await auditShop()).toEqual({ violations: [], orders: load.orders.length })
})
