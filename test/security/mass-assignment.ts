import type { Endpoint } from '@duka/contracts'
import { callOf, fillPath, nameOf, publicEndpoints } from './calls'
import { type Place, placesOf } from './nasty-values'
import { address, fillCart, type World } from './world'

const intruderId = 'bad00000-0000-7000-8000-000000000bad'

/** What a client has no business to say, with values that nothing in the shop has by itself. */
const extras: Record<string, unknown> = {
  id: intruderId,
  userId: intruderId,
  user_id: intruderId,
  ownerId: intruderId,
  orderId: intruderId,
  cartId: intruderId,
  role: 'admin',
  roles: ['admin'],
  permissions: ['products:write'],
  isAdmin: true,
  is_admin: true,
  isActive: false,
  is_active: false,
  emailVerified: true,
  tokenVersion: 99,
  token_version: 99,
  sessionId: intruderId,
  sub: intruderId,
  price: 0.07,
  unitPrice: 0.07,
  subtotal: 0.07,
  totalAmount: 0.07,
  total_amount: 0.07,
  shippingAmount: 0.07,
  taxAmount: 0.07,
  roundingAmount: -0.07,
  refundedAmount: 0.07,
  discount: 100,
  currency: 'XXX',
  status: 'delivered',
  paymentStatus: 'refunded',
  payment_status: 'refunded',
  orderNumber: 'INTRUDER-1',
  transactionId: 'INTRUDER01',
  externalReference: 'INTRUDER-1',
  failureCode: 'intruder',
  provider: 'intruder',
  version: 99,
  attempt: 99,
  expiresAt: '2099-01-01T00:00:00.000Z',
  createdAt: '1999-01-01T00:00:00.000Z',
  updatedAt: '1999-01-01T00:00:00.000Z',
  deletedAt: '1999-01-01T00:00:00.000Z',
  productName: 'intruder',
  availableDelta: 99,
  passwordHash: 'intruder',
  constructor: { prototype: { isAdmin: true } },
  prototype: { isAdmin: true },
}

const withBody = publicEndpoints.filter(({ body }) => body !== undefined).map((each) => [nameOf(each), each] as const)

/** The text of a body with fields added to the object at one place; only those that are no field of it. */
function addFields(body: unknown, place: Place, declared: ReadonlySet<string>): string {
  const copy = structuredClone(body) as Record<string | number, unknown>
  let target = copy
  for (const key of place) target = target[key] as typeof copy
  for (const [name, value] of Object.entries(extras)) {
    if (!Object.hasOwn(target, name) && !declared.has(name)) target[name] = value
  }
  // By value, `__proto__` would set the prototype instead of a field.
  return JSON.stringify(copy).replace(/"prototype":/, '"__proto__":{"isAdmin":true,"role":"admin"},"prototype":')
}

function declaredIn({ body }: Endpoint): ReadonlySet<string> {
  return new Set(Object.keys((body as unknown as { shape?: object } | undefined)?.shape ?? {}))
}

/** Where an answer holds what only the intruder said. */
function findHonoured(answer: unknown, declared: ReadonlySet<string>, at = ''): string[] {
  if (answer === null || typeof answer !== 'object') return []
  return Object.entries(answer).flatMap(([name, value]) => {
    const isHonoured = !declared.has(name) && name in extras && JSON.stringify(value) === JSON.stringify(extras[name])
    return isHonoured ? [`${at}.${name}`] : findHonoured(value, declared, `${at}.${name}`)
  })
}

/** Fields that are not a client's to set are ignored or refused, never honoured. */
export function describeMassAssignment(getWorld: () => World): void {
  test.each(withBody)('%s takes only its own fields', async (_name, contract) => {
    const world = getWorld()
    const { shop } = world
    const declared = declaredIn(contract)
    // Who did something is told with the role, which an admin has without saying so.
    const own = new Set([...declared, 'constructor', ...(typeof contract.access === 'object' ? ['role'] : [])])
    const [clean, attacked] = await Promise.all([callOf(contract, world), callOf(contract, world)])
    const path = contract.publicPaths[0]!
    const plain = await shop.send(contract.method, fillPath(path, clean.params), clean)
    expect(plain.status).toBe(contract.status)
    const isObject = (value: unknown) => value !== null && typeof value === 'object' && !Array.isArray(value)
    const valueAt = (place: Place) => place.reduce((value, key) => (value as Record<string, unknown>)[key], clean.body)
    const objects = placesOf(clean.body).filter((place) => isObject(valueAt(place)))
    for (const place of objects) {
      const call = place.length === 0 ? attacked : await callOf(contract, world)
      const raw = addFields(call.body, place, place.length === 0 ? declared : new Set())
      const answer = await shop.send(contract.method, fillPath(path, call.params), { raw, token: call.token })
      expect([contract.status, 400, 422]).toContain(answer.status)
      expect(findHonoured(answer.body, own)).toEqual([])
      expect(Object.keys((answer.body ?? {}) as object)).toEqual(
        answer.status === contract.status ? Object.keys((plain.body ?? {}) as object) : expect.anything(),
      )
    }
  })

  test('nobody registers as an admin, nor becomes one in the profile', async () => {
    const { shop, customer } = getWorld()
    const path = '/api/auth/profile'
    const before = (await shop.get(path, customer.token)).body as { user: object }
    const body = { ...extras, name: 'Still me', email: 'intruder@example.com', password: 'intruder-intruder' }
    const answer = await shop.send('PUT', path, { body, token: customer.token })
    expect(answer.status).toBe(200)
    const after = (await shop.get(path, customer.token)).body
    expect(after).toEqual({ user: { ...before.user, name: 'Still me', updatedAt: expect.any(String) } })
    expect((await shop.post('/api/auth/login', { email: customer.email, password: customer.password })).status).toBe(
      200,
    )
    expect((await shop.get('/api/auth/users', customer.token)).status).toBe(403)
  })

  test('prices, totals and states of an order are the shop’s to say', async () => {
    const { shop, productId, customer } = getWorld()
    const items = [{ ...extras, productId, quantity: 2 }]
    const body = { ...extras, items, shippingAddress: { ...address, ...extras } }
    const placed = await shop.post('/api/orders', body, customer.token)
    expect(placed.status).toBe(201)
    const { id } = (placed.body as { order: { id: string } }).order
    const { order } = (await shop.get(`/api/orders/${id}`, customer.token)).body as { order: object }
    expect(order).toMatchObject({
      userId: customer.id,
      status: 'pending',
      paymentStatus: 'pending',
      paymentMethod: null,
      currency: 'KES',
      subtotal: 2400,
      totalAmount: 2400,
      shippingAmount: 0,
      roundingAmount: 0,
      items: [{ productId, price: 1200, quantity: 2, subtotal: 2400, productName: 'Test product' }],
      shippingAddress: address,
    })
    expect(JSON.stringify(order)).not.toMatch(/intruder|bad00000|0\.07/i)
  })

  test.each([0.07, 1, 1199.99, 2400.01, 0, 250_000])('an order is not paid with %s instead', async (amount) => {
    const { shop, orderId, customer } = getWorld()
    const answer = await shop.post(
      '/api/payments/mpesa',
      { orderId, phoneNumber: '0712000098', amount },
      customer.token,
    )
    expect([answer.status, answer.body]).toEqual([422, expect.objectContaining({ code: 'amount_mismatch' })])
  })

  test('a line of a cart costs what the catalogue says', async () => {
    const { shop, productId } = getWorld()
    const { token } = await shop.openAccount()
    const { itemId } = await fillCart(shop, productId, token)
    const change = await shop.send('PUT', `/api/cart/items/${itemId}`, { body: { ...extras, quantity: 3 }, token })
    expect(change.body).toMatchObject({
      cart: { totalAmount: 3600, items: [{ id: itemId, price: 1200, subtotal: 3600 }] },
    })
  })

  test.each(['role', 'price', 'userId'])('%s in a query or a header changes nothing', async (name) => {
    const { shop, customer, orderId } = getWorld()
    const query = new URLSearchParams({ [name]: String(extras[name]), id: intruderId, 'user[role]': 'admin' })
    const headers = { [name]: String(extras[name]), [`X-${name}`]: String(extras[name]) }
    const path = `/api/orders/${orderId}`
    const plain = await shop.get(path, customer.token)
    const tried = await shop.send('GET', `${path}?${query}`, { token: customer.token, headers })
    expect([tried.status, tried.body]).toEqual([200, plain.body])
    expect((await shop.send('GET', `/api/auth/users?${query}`, { token: customer.token, headers })).status).toBe(403)
  })
}
