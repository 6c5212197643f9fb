import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { ConfigurationError, createUmzug } from '@duka/kit'
import { loadConfig } from '../src/config'
import { migrations } from '../src/migrations'
import { stepsTo, transitions } from '../src/order'
import { computeTotals } from '../src/totals'
import { newCustomer, type Shop, startShop } from './support'

const kes = { currency: 'KES', deliveryFee: 0, vatRate: 1600 }

describe('totals, in cents', () => {
  it.each([
    // price, quantity, fee, rate, currency → total, tax, rounding
    [150_000, 1, 0, 1600, 'KES', 150_000, 20_690, 0],
    [1999, 3, 0, 1600, 'KES', 6000, 828, 3],
    [1049, 1, 0, 1600, 'KES', 1000, 138, -49],
    [1050, 1, 0, 1600, 'KES', 1100, 152, 50],
    [1999, 3, 25_050, 1600, 'KES', 31_000, 4276, -47],
    [1999, 3, 0, 1600, 'USD', 5997, 827, 0],
    [1999, 3, 0, 0, 'USD', 5997, 0, 0],
    [150_000, 1, 0, 1000, 'JPY', 150_000, 13_600, 0],
    [5_000_000, 1, 0, 1800, 'UGX', 5_000_000, 762_700, 0],
    [10, 3, 0, 1650, 'USD', 30, 4, 0],
    [0, 5, 250_00, 1600, 'KES', 25_000, 3448, 0],
  ])('%d × %d + %d at %d ‱ in %s', (price, quantity, deliveryFee, vatRate, currency, total, tax, rounding) => {
    const totals = computeTotals([{ price, quantity }], { currency, deliveryFee, vatRate })
    expect(totals).toMatchObject({ totalAmount: total, taxAmount: tax, roundingAmount: rounding })
    expect(totals.subtotal + totals.shippingAmount + totals.roundingAmount).toBe(totals.totalAmount)
  })

  it('stay exact near the limit, and end there', () => {
    const { totalAmount, taxAmount } = computeTotals([{ price: 499_999_999_900, quantity: 1 }], kes)
    expect([totalAmount, taxAmount]).toEqual([499_999_999_900, 68_965_517_228])
    expect(() => computeTotals([{ price: 500_000_000_000, quantity: 1 }], kes)).toThrow('total_too_large')
    expect(() => computeTotals([{ price: 999_999_999_999, quantity: 10_000 }], kes)).toThrow('total_too_large')
  })

  it.each([0, 9])('refuse an order with nothing to pay: %d cents', (price) => {
    expect(() => computeTotals([{ price, quantity: 5 }], kes)).toThrow('total_too_small')
  })
})

describe('an order with a delivery fee', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await startShop({ pricing: { currency: 'KES', deliveryFee: 25_050, vatRate: 1600 }, orderTtlMinutes: 0.5 })
  })
  afterAll(() => shop.stop())

  it('shows the fee, the tax that is in it and what was rounded off', async () => {
    const productId = shop.product.add({ price: 19.99 })
    const { body } = await newCustomer(shop)
      .place({ items: [{ productId, quantity: 3 }] })
      .expect(201)
    expect(body.order).toMatchObject({
      subtotal: 59.97,
      shippingAmount: 250.5,
      roundingAmount: -0.47,
      totalAmount: 310,
      taxAmount: 42.76,
    })
    expect(Date.parse(body.order.expiresAt) - Date.parse(body.order.createdAt)).toBe(30_000)
  })
})

describe('the state machine', () => {
  it('ends where it should, only late money leaves cancelled, and only money that did not arrive leaves refunded', () => {
    expect(transitions.rejected).toEqual([])
    expect(transitions.refunded).toEqual(['shipped', 'delivered', 'cancelled'])
    for (const status of transitions.refunded) expect(stepsTo(status)).not.toContain('refunded')
    expect(transitions.cancelled).toEqual(['paid'])
    for (const targets of Object.values(transitions)) expect(targets).not.toContain('placing')
  })
})

describe('the schema', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await startShop()
  })
  afterAll(() => shop.stop())

  it('refuses sums that do not add up, and a second order of one state of a cart', async () => {
    const [cartId, userId] = [randomUUID(), randomUUID()]
    const insert = (other: object) => {
      const row = { id: randomUUID(), user_id: userId, order_number: randomUUID(), status: 'pending', ...other }
      const sums = { subtotal: 10, shipping_amount: 0, tax_amount: 1, rounding_amount: 0, total_amount: 10 }
      const values = Object.entries({ ...sums, currency: 'KES', shipping_address: '{}', ...row })
      return shop.rows(
        `INSERT INTO orders (${values.map(([column]) => column)}) VALUES (${values.map((_value, n) => `$${n + 1}`)})`,
        values.map(([, value]) => value),
      )
    }
    for (const wrong of [{ total_amount: 11 }, { subtotal: -10, total_amount: -10 }, { status: 'lost' }]) {
      await expect(insert(wrong)).rejects.toThrow('violates check constraint')
    }
    const cart = { cart_id: cartId, cart_version: 1 }
    await insert({ ...cart, status: 'rejected' })
    await insert(cart)
    await expect(insert(cart)).rejects.toMatchObject({ parent: { constraint: 'orders_cart' } })
    await insert({ ...cart, cart_version: 2 })
  })

  it('goes all the way down and up again', async () => {
    const umzug = await createUmzug(shop.deps.database, migrations)
    await umzug.down({ to: 0 })
    const ours = `SELECT 1 FROM pg_class WHERE relname IN ('orders', 'order_items', 'order_history', 'order_payments')`
    expect(await shop.rows(ours)).toEqual([])
    await umzug.up()
    expect(await shop.rows(ours)).toHaveLength(4)
  })
})

describe('settings', () => {
  it('of a delivery that the currency cannot show are refused', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const env = {
      ORDER_DATABASE_URL: 'postgres://order@localhost/order_db',
      SERVICE_KEY: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
      SERVICE_PUBLIC_KEYS: JSON.stringify({
        payment: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
      }),
      STORE_CURRENCY: 'JPY',
    }
    expect(() => loadConfig({ ...env, DELIVERY_FEE: '250.50' })).toThrow('DELIVERY_FEE must be a whole amount')
    expect(loadConfig({ ...env, DELIVERY_FEE: '250' }).DELIVERY_FEE).toBe(25_000)
  })

  it('that are wrong are all named at once', () => {
    const env = { ORDER_DATABASE_URL: 'mysql://x', DELIVERY_FEE: '-1', VAT_RATE: '16%', ORDER_TTL_MINUTES: '0' }
    const problems = () => {
      try {
        loadConfig(env)
      } catch (error) {
        return (error as ConfigurationError).problems.join('\n')
      }
      throw new Error('These settings were taken.')
    }
    for (const name of Object.keys(env)) expect(problems()).toContain(name)
    expect(problems()).toContain('SERVICE_KEY is not set')
    expect(() => loadConfig(env)).toThrow(ConfigurationError)
  })
})
