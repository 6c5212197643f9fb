import { eventually, readMetric } from '@duka/testkit'
import type { TestShop } from '../shop-support'

type Labels = Record<string, string>

/** What a purchase by M-Pesa through a cart moves, by service. */
const moved: [service: string, metric: string, labels: Labels][] = [
  ...['gateway', 'order'].map((name): [string, string, Labels] => [
    name,
    'http_server_request_duration_seconds_count',
    { method: 'POST', route: '/api/orders', status: '201' },
  ]),
  ['gateway', 'http_server_request_duration_seconds_count', { route: '/api/webhook/m/:token', status: '200' }],
  ['gateway', 'http_server_request_duration_seconds_count', { route: '/api/products/:id', status: '200' }],
  ['gateway', 'http_cache_requests_total', { outcome: 'miss' }],
  ['auth', 'http_server_request_duration_seconds_count', { route: '/api/register', status: '201' }],
  ['auth', 'logins_total', { outcome: 'ok' }],
  ['cart', 'http_server_request_duration_seconds_count', { route: '/api/cart/items', method: 'POST' }],
  ['cart', 'http_client_request_duration_seconds_count', { target: 'product', status: '200' }],
  ['product', 'answer_cache_requests_total', { outcome: 'miss' }],
  ['product', 'stock_reservations_total', { outcome: 'held' }],
  ['product', 'stock_reservations_total', { outcome: 'committed' }],
  ['product', 'stock_reservation_batch_size_count', {}],
  ['order', 'orders_moved_total', { to: 'paid', actor: 'system' }],
  ['order', 'orders_open', { status: 'paid' }],
  ['order', 'http_client_request_duration_seconds_count', { target: 'cart', status: '200' }],
  ['order', 'http_client_request_duration_seconds_count', { target: 'product' }],
  ['payment', 'payment_attempts_total', { provider: 'mpesa' }],
  ['payment', 'payments_ended_total', { provider: 'mpesa', outcome: 'completed' }],
  ['payment', 'payment_settle_duration_seconds_count', { provider: 'mpesa' }],
  ['payment', 'payment_amount_minor_units_total', { provider: 'mpesa', currency: 'KES' }],
  ['payment', 'payment_last_completed_timestamp_seconds', { provider: 'mpesa' }],
  ['payment', 'webhooks_total', { provider: 'mpesa', outcome: 'kept' }],
  ['payment', 'webhooks_total', { provider: 'mpesa', outcome: 'applied' }],
  ['payment', 'http_client_request_duration_seconds_count', { target: 'mpesa', status: '200' }],
  ['payment', 'http_client_request_duration_seconds_count', { target: 'order', status: '200' }],
  ...['auth', 'product', 'cart', 'order', 'payment'].map((name): [string, string, Labels] => [
    name,
    'db_query_duration_seconds_count',
    { kind: 'select' },
  ]),
]

const readAll = (shop: TestShop) =>
  Promise.all(moved.map(async ([name, metric, labels]) => (await readMetric(urlOf(shop, name), metric, labels)) ?? 0))

function urlOf(shop: TestShop, service: string): string {
  return service === 'gateway' ? shop.gatewayMetricsUrl : shop.serviceUrl(service)
}

async function buy(shop: TestShop): Promise<void> {
  const product = await shop.createProduct({ stock: 5, price: 1200 })
  const { email, password } = await shop.openAccount()
  const buyer = ((await shop.post('/api/auth/login', { email, password })).body as { token: string }).token
  expect((await shop.get(`/api/products/${product.id}`)).status).toBe(200)
  const added = await shop.post('/api/cart/items', { productId: product.id, quantity: 2 }, buyer)
  const shippingAddress = { street: 'Moi Avenue 1', city: 'Nairobi', country: 'Kenya' }
  const placed = await shop.post('/api/orders', { shippingAddress }, buyer)
  expect([added.status, placed.status]).toEqual([200, 201])
  const { id: orderId } = (placed.body as { order: { id: string } }).order
  const asked = await shop.post('/api/payments/mpesa', { orderId, phoneNumber: '0700000000' }, buyer)
  expect(asked.status).toBe(201)
  await shop.untilPaid(buyer, orderId, (asked.body as { payment: { id: string } }).payment.id)
}

/** What a purchase adds to the metrics of every service. */
export function describeMovedMetrics(getShop: () => TestShop): void {
  test('a purchase moves what docs/metrics.md says of it, in every service', async () => {
    const shop = getShop()
    const before = await readAll(shop)
    await buy(shop)
    let still: unknown[] = []
    // A request is counted once its connection knows that it is over, and some gauges are read every few seconds only.
    const allMoved = async () => {
      const after = await readAll(shop)
      still = moved.filter((_, index) => (after[index] ?? 0) <= (before[index] ?? 0))
      return still.length === 0
    }
    await eventually('all to have moved', allMoved, 20_000).catch(() => expect(still).toEqual([]))
  }, 60_000)

  test.each(['/metrics', '/metrics/', '/api/metrics'])('%s is not public', async (path) => {
    expect((await getShop().get(path)).status).toBe(404)
  })
}
