import { type SeedOptions, seedDemoShop } from '../../seed'
import { catalogue } from '../catalogue'
import { admin, type FakeShop, startFakeShop } from './fake-shop'

const customer = { name: 'Amina', email: 'amina@duka.test', password: 'a-password', phoneNumber: '0712345678' }
const skus = catalogue.flatMap(({ products }) => products.map(({ sku }) => sku))

let shop: FakeShop

beforeEach(async () => {
  shop = await startFakeShop()
})

afterEach(() => shop.close())

function seed(options: Partial<SeedOptions> = {}) {
  return seedDemoShop({ baseUrl: shop.url, admin, customer, ...options })
}

test('an empty shop gets every product and the customer', async () => {
  expect(await seed()).toEqual({ createdProducts: skus.length, createdCustomer: true })
  expect([...shop.products.keys()].sort()).toEqual([...skus].sort())
  expect([...shop.customers]).toEqual([customer.email])
  expect(shop.products.get('NOKIA-105-DUAL-SIM')).toEqual({
    sku: 'NOKIA-105-DUAL-SIM',
    name: 'Nokia 105 Dual SIM',
    description: expect.stringContaining('FM radio'),
    price: 2199,
    stock: 60,
    category: 'Phones & Tablets',
    imageUrl: '/api/products/pictures/nokia-105-dual-sim.svg',
    images: ['/api/products/pictures/nokia-105-dual-sim.svg'],
    isActive: true,
  })
})

test('a full shop is left as it is', async () => {
  await seed()
  expect(await seed()).toEqual({ createdProducts: 0, createdCustomer: false })
})

test('an interrupted seeding is finished', async () => {
  await seed()
  for (const sku of skus.slice(20)) shop.products.delete(sku)
  expect((await seed()).createdProducts).toBe(skus.length - 20)
})

test('a product that was withdrawn stays withdrawn', async () => {
  await seed()
  shop.products.set('NOKIA-105-DUAL-SIM', { sku: 'NOKIA-105-DUAL-SIM', isActive: false })
  expect((await seed()).createdProducts).toBe(0)
  expect(shop.products.get('NOKIA-105-DUAL-SIM')?.isActive).toBe(false)
})

test('a shop with products of its own gets none of ours', async () => {
  shop.products.set('OWN-1', { sku: 'OWN-1', isActive: true })
  expect((await seed()).createdProducts).toBe(0)
  expect([...shop.products.keys()]).toEqual(['OWN-1'])
})

test('a busy shop is asked again, and not for ever', async () => {
  const lines: string[] = []
  shop.busyCalls = 3
  await seed({ log: (line) => lines.push(line) })
  expect(lines.filter((line) => line.includes('answers 503: asking again in 0 s'))).toHaveLength(3)

  shop.busyCalls = Number.POSITIVE_INFINITY
  await expect(seed()).rejects.toThrow('The products could not be listed: 503 service_unavailable')
})

test('a refusal says what to look at', async () => {
  await expect(seed({ admin: { ...admin, password: 'wrong' } })).rejects.toThrow(
    'The admin admin@duka.test cannot log in: 401 invalid_credentials. Check ADMIN_EMAIL and ADMIN_PASSWORD.',
  )
  const closed = await startFakeShop()
  await closed.close()
  await expect(seed({ baseUrl: closed.url })).rejects.toThrow(`no shop answers at ${closed.url} (ECONNREFUSED)`)
})
