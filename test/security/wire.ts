import { randomUUID } from 'node:crypto'
import { inBatches } from './in-batches'
import { sendBytes, writeRequest } from './send-bytes'
import { tricks } from './smuggling'
import { proveTo } from './tokens'
import { fillCart, type World } from './world'

/** An attacker who gets no answer in this time gets none. */
const waitMs = 1_000

/** What one reader of the bytes takes for a request, the next one must not take for two. */
export function describeWire(getWorld: () => World): void {
  test('no hidden request reaches a service, and what cannot be read in one way only is refused', async () => {
    const world = getWorld()
    const { shop } = world
    const Authorization = `Bearer ${proveTo(world, 'order', 'product')}`
    const attempts = tricks.map((trick) => ({ ...trick, marker: randomUUID() }))
    const replies = await inBatches(attempts, 60, ({ head, body, marker }) => {
      const headers = {
        Authorization,
        'X-Request-Id': marker,
        'Content-Type': 'application/json',
        Connection: 'keep-alive',
      }
      const hidden = writeRequest('POST', '/api/internal/check-stock', headers, '{}')
      return sendBytes(shop.url, head + body(hidden), waitMs)
    })
    const wrong = attempts.flatMap(({ name, isRefused }, at) => {
      const { statuses, text } = replies[at]!
      const isRight = isRefused ? statuses.join() === '400' : statuses.every((status) => status < 500)
      return isRight && statuses.length <= 2 ? [] : [`${name}: ${text.slice(0, 200)}`]
    })
    expect(wrong).toEqual([])
    const markers = attempts.map(({ marker }) => marker)
    const lines = await shop.settledLines()
    expect(
      lines.filter((line) => !line.startsWith('gateway: ') && markers.some((marker) => line.includes(marker))),
    ).toEqual([])
  }, 60_000)

  test('afterwards everybody still gets their own answer', async () => {
    const { shop, productId, customer } = getWorld()
    const paths = [
      '/api/products?limit=1',
      `/api/products/${productId}`,
      '/api/cart',
      '/api/auth/profile',
      '/api/orders',
    ]
    const things = ['products', 'product', 'cart', 'user', 'orders']
    const asked = Array.from({ length: 60 }, (_, at) => ({ at, requestId: randomUUID() }))
    const answers = await inBatches(asked, 20, ({ at, requestId }) =>
      shop.send('GET', paths[at % 5]!, { token: customer.token, headers: { 'X-Request-Id': requestId } }),
    )
    for (const [at, { status, headers, body }] of answers.entries()) {
      expect([status, headers.get('x-request-id')]).toEqual([200, asked[at]!.requestId])
      expect(body).toHaveProperty(things[at % 5]!)
    }
  })

  test('of requests one behind the other, an internal one is still none', async () => {
    const world = getWorld()
    const marker = randomUUID()
    const headers = { Authorization: `Bearer ${proveTo(world, 'order', 'product')}`, 'X-Request-Id': marker }
    const open = writeRequest('GET', '/api/products?limit=1', { Connection: 'keep-alive' })
    const internal = writeRequest('POST', '/api/internal/check-stock', { ...headers, Connection: 'keep-alive' }, '{}')
    const { statuses } = await sendBytes(world.shop.url, open + internal + writeRequest('GET', '/health'))
    expect(statuses).toEqual([200, 404, 200])
    const lines = (await world.shop.settledLines()).filter((line) => line.includes(marker))
    expect(lines.map((line) => line.split(':')[0])).toEqual(['gateway'])
  })

  test.each([
    ['one huge header', { 'X-Huge': 'x'.repeat(20_000) }],
    ['many headers', Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`X-Many-${at}`, 'x'.repeat(40)]))],
    ['a huge token', { Authorization: `Bearer ${'x'.repeat(17_000)}` }],
  ])('%s: 431', async (_name, headers) => {
    const { statuses, text } = await sendBytes(getWorld().shop.url, writeRequest('GET', '/api/products', headers))
    expect(statuses).toEqual([431])
    expect(text).toContain('application/problem+json')
  })

  test('a huge address: 431', async () => {
    const { statuses } = await sendBytes(
      getWorld().shop.url,
      writeRequest('GET', `/api/products?search=${'x'.repeat(20_000)}`),
    )
    expect(statuses).toEqual([431])
  })

  const injections = [
    'a\rX-Evil: 1',
    'a\nX-Evil: 1',
    'a\u0000b',
    'aaaaaaaa\r\n X-Evil: 1',
    'aaaaaaaa%0d%0aX-Evil:%201',
    'aaaaaaaa\\r\\nX-Evil: 1',
    '\u00e5\u0085\u008d\u00e5\u0098\u008aX-Evil: 1',
    '{"level":"error"}',
    '"><script>',
    '$(id)',
  ]
  test.each(injections.map((value) => [JSON.stringify(value), value] as const))(
    'a header value of %s goes nowhere',
    async (_name, value) => {
      const { shop } = getWorld()
      for (const name of ['X-Request-Id', 'User-Agent', 'Origin', 'X-Cart-Token', 'Idempotency-Key']) {
        const request = writeRequest(
          'POST',
          '/api/auth/login',
          { 'Content-Type': 'application/json', [name]: value },
          '{}',
        )
        const { statuses, text } = await sendBytes(shop.url, request)
        expect(statuses).toEqual([400])
        const head = text.slice(0, text.indexOf('\r\n\r\n'))
        expect(head).not.toMatch(/evil|script|level|\$\(/i)
        expect(/^x-request-id: (.*)$/im.exec(head)?.[1]).toMatch(/^[\w.-]{8,128}$/)
      }
    },
  )

  test('every line of a service is JSON of its own, whatever was sent', async () => {
    const { shop } = getWorld()
    const lines = (await shop.settledLines()).filter((line) =>
      /^(gateway|auth|product|cart|order|payment): /.test(line),
    )
    const broken = lines.filter(
      (line) => !/^\w+: \{"time":"[^"]+","level":"\w+","event":"\w+",.*\}$/.test(line) || !isJson(line),
    )
    expect(lines.length).toBeGreaterThan(100)
    expect(broken).toEqual([])
  })

  test('where a request is from is not for the client to say', async () => {
    const { shop, admin } = getWorld()
    const { email, password, id } = await shop.openAccount()
    const claims = {
      'X-Forwarded-For': '6.6.6.6',
      X_Forwarded_For: '6.6.6.6',
      'X-Real-IP': '6.6.6.6',
      'X-Client-IP': '6.6.6.6',
      'True-Client-IP': '6.6.6.6',
      'CF-Connecting-IP': '6.6.6.6',
      Forwarded: 'for=6.6.6.6',
    }
    const known = await shop.send('POST', '/api/auth/login', { body: { email, password }, headers: claims })
    expect(known.status).toBe(200)
    const { body } = await shop.get(`/api/auth/audit?userId=${id}&action=login`, admin)
    expect(body).toMatchObject({ totalEvents: 1, events: [{ address: '127.0.0.1' }] })
  })

  test('a user id in a header makes nobody that user', async () => {
    const { shop, customer, productId } = getWorld()
    await fillCart(shop, productId, customer.token)
    const claims = {
      'X-User-Id': customer.id,
      x_user_id: customer.id,
      'X-User': customer.id,
      'X-Authenticated-User': customer.id,
    }
    expect((await shop.send('GET', '/api/orders', { headers: claims })).status).toBe(401)
    expect((await shop.send('GET', '/api/cart', { headers: claims })).body).toMatchObject({
      cart: { id: null, items: [] },
    })
  })
}

function isJson(line: string): boolean {
  try {
    return typeof JSON.parse(line.slice(line.indexOf('{'))) === 'object'
  } catch {
    return false
  }
}
