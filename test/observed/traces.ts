import { type Collector, eventually, type SeenSpan } from '@duka/testkit'
import type { TestShop } from '../shop-support'

/** A shop, and who takes its spans. */
export interface Observed {
  shop: TestShop
  collector: Collector
}

const clientsTrace = '4bf92f3577b34da6a3ce929d0e0e4736'
const clientsSpan = '00f067aa0ba902b7'
/** It says that it is not recorded, which is not for a client to say. */
const traceparent = `00-${clientsTrace}-${clientsSpan}-00`

const servicesOf = (spans: SeenSpan[]) => [...new Set(spans.map(({ service }) => service))].sort()

const isPrompt = ({ service, kind, name }: SeenSpan) =>
  service === 'payment' && kind === 3 && name === 'mpesa /mpesa/stkpush/v1/processrequest'

/** All of it hangs together: each span's parent is there, but for the one that the client named. */
function expectConnected(spans: SeenSpan[], root: string | undefined): void {
  const ids = new Set(spans.map(({ spanId }) => spanId))
  const orphans = spans.filter(({ parentSpanId }) => parentSpanId !== root && !ids.has(parentSpanId ?? ''))
  expect(orphans.map(({ service, name }) => `${service}: ${name}`)).toEqual([])
}

/** Each of the spans named was caused by the one named before it. */
function expectNested(spans: SeenSpan[], ...chain: string[]): void {
  const found = chain.map((name) => spans.find((span) => `${span.service}: ${span.name}` === name))
  expect(found.slice(1).map((span) => span?.parentSpanId)).toEqual(found.slice(0, -1).map((span) => span?.spanId))
}

/** Who asked for what, through every hop, as a collector of spans sees it. */
export function describeTraces(getObserved: () => Observed): void {
  let collector: Collector
  let shop: TestShop
  beforeAll(() => {
    ;({ collector, shop } = getObserved())
  })

  const inTrace = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId)

  test('a purchase is one trace, from the request that places the order to the stock that is sold', async () => {
    const product = await shop.createProduct({ stock: 5, price: 1200 })
    const buyer = await shop.register()
    await shop.post('/api/cart/items', { productId: product.id, quantity: 2 }, buyer)
    const shippingAddress = { street: 'Moi Avenue 1', city: 'Nairobi', country: 'Kenya' }
    const placed = await shop.post('/api/orders', { shippingAddress }, buyer, { Traceparent: traceparent })
    expect(placed.status).toBe(201)
    const orderId = (placed.body as { order: { id: string } }).order.id
    const asked = await shop.post('/api/payments/mpesa', { orderId, phoneNumber: '0700000000' }, buyer)
    expect(asked.status).toBe(201)
    await shop.untilPaid(buyer, orderId, (asked.body as { payment: { id: string } }).payment.id)

    const services = ['cart', 'gateway', 'order', 'payment', 'product']
    const sold = () => inTrace(clientsTrace).some(({ service, name }) => service === 'product' && /commit/.test(name))
    const isWhole = () => sold() && services.every((name) => servicesOf(inTrace(clientsTrace)).includes(name))
    await eventually('the spans', async () => isWhole(), 20_000)
    const spans = inTrace(clientsTrace)
    expect(servicesOf(spans)).toEqual(expect.arrayContaining(services))
    expectConnected(spans, clientsSpan)

    const has = (service: string, kind: number, name: string) =>
      expect(spans).toContainEqual(expect.objectContaining({ service, kind, name }))
    has('gateway', 2, 'POST /api/orders')
    has('gateway', 3, 'order /api/orders')
    has('order', 2, 'POST /api/orders')
    expectNested(spans, 'gateway: POST /api/orders', 'gateway: order /api/orders', 'order: POST /api/orders')
    has('order', 3, 'cart /api/internal/cart/checkout')
    has('order', 3, 'postgresql insert')
    has('payment', 5, 'apply mpesa callback')
    has('payment', 1, 'try report-payment')
    has('order', 2, 'POST /api/internal/update-status')

    const callback = spans.find(({ name }) => name === 'apply mpesa callback')
    expect(callback?.links).toHaveLength(1)
    const receiving = inTrace(callback?.links[0]?.traceId ?? '')
    expect(servicesOf(receiving)).toEqual(['gateway', 'payment'])
    const paying = collector.spans.find(
      ({ service, name }) => service === 'payment' && name === 'POST /api/payments/mpesa',
    )
    expect(paying?.links.map(({ traceId }) => traceId)).toEqual([clientsTrace])
    await eventually('the call to Safaricom', async () => inTrace(paying?.traceId ?? '').some(isPrompt))
  }, 90_000)

  test('a card form is a call to Stripe, in the trace of the request for it', async () => {
    await shop.startToPayByCard()
    const isForm = ({ service, name }: SeenSpan) => service === 'payment' && name === 'POST /api/payments/stripe'
    await eventually('the request', async () => collector.spans.some(isForm))
    const form = collector.spans.find(isForm)
    const isCall = ({ service, kind, name }: SeenSpan) => service === 'payment' && kind === 3 && /^stripe /.test(name)
    await eventually('the call to Stripe', async () => inTrace(form?.traceId ?? '').some(isCall))
  }, 90_000)

  test('spans tell of patterns and statements, and of no secret, phone number or id in a path', async () => {
    await eventually('callbacks', async () => collector.spans.some(({ name }) => name === 'POST /api/webhook/m/:token'))
    const text = collector.bodies.join('\n')
    expect(text).toContain('INSERT INTO orders')
    expect(text).not.toMatch(/254700000000|Bearer|webhook\/m\/[0-9a-f]{8}|Moi Avenue/)
    for (const { name } of collector.spans) expect(name).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/)
    expect(collector.spans.filter(({ name }) => /\/(health|ready|metrics)$/.test(name))).toEqual([])
  })

  test('an error names its trace, which every service logs; one that is malformed is not gone on with', async () => {
    const traceId = '5cf92f3577b34da6a3ce929d0e0e4736'
    const answer = await shop.send('GET', '/api/products/nothing', {
      headers: { Traceparent: `00-${traceId}-${clientsSpan}-01` },
    })
    expect(answer.body).toMatchObject({ code: 'not_found', traceId })
    const malformed = { Traceparent: `00-${traceId.toUpperCase()}-${clientsSpan}-01` }
    const anew = await shop.send('GET', '/api/products/nothing', { headers: malformed })
    expect(anew.body).toMatchObject({ traceId: expect.stringMatching(/^[0-9a-f]{32}$/) })
    expect((anew.body as { traceId: string }).traceId).not.toBe(traceId)
  })

  test('SIGUSR2 makes one process log everything, and the next one ends it', async () => {
    const linesOf = (name: string) =>
      shop.lines.filter((line) => line.startsWith(name) && line.includes('"event":"request"'))
    const ask = () => fetch(`${shop.serviceUrl('product')}/api/products`)
    const changes = () => shop.lines.filter((line) => line.includes('"event":"log_level"'))
    await ask()
    shop.signal('product', 'SIGUSR2')
    await eventually('the change', async () => changes().length === 1)
    await ask()
    await eventually('a line per request', async () => linesOf('product').length > 0)
    expect(linesOf('product')[0]).toMatch(/"traceId":"[0-9a-f]{32}"/)
    expect(linesOf('order')).toEqual([])
    shop.signal('product', 'SIGUSR2')
    await eventually('the change back', async () => changes().length === 2)
    expect(changes()[1]).toMatch(/"to":"info"/)
  })
}
