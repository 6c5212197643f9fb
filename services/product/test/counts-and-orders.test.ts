import {
  addProduct,
  attemptOf,
  type Catalogue,
  expectSoundLedger,
  lineOf,
  type Product,
  startCatalogue,
} from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue()
})
afterAll(() => shop.stop())

const upTo = (most: number) => Math.floor(Math.random() * (most + 1))
const someOf = (products: Product[]) => products.filter(() => Math.random() < 0.6)

/** What an order does in its life, each step waited for. */
async function order(products: Product[]): Promise<number[]> {
  const lines = someOf(products).map((product) => lineOf(product, 1 + upTo(3)))
  if (lines.length === 0) return []
  const attempt = attemptOf(shop, lines)
  const { status } = await attempt.reserve()
  if (status !== 200) return [status]
  const end = [attempt.commit, attempt.release][upTo(2)]
  return [status, ...(end ? [(await end()).status] : [])]
}

/** What an admin does at the shelf, without a look at what orders hold. */
async function count(products: Product[]): Promise<number[]> {
  const { id } = products[upTo(products.length - 1)]!
  const change = {
    reason: 'shelf',
    ...(upTo(1) ? { count: upTo(12) } : { delta: upTo(1) ? 1 + upTo(5) : -1 - upTo(5) }),
  }
  const file = ['sku,stock', ...someOf(products).map(({ sku }) => `${sku},${upTo(12)}`)].join('\n')
  const calls = [
    () => shop.asAdmin('put', `/api/products/${id}`, { stock: upTo(12) }),
    () => shop.asAdmin('patch', `/api/products/${id}`, { stock: upTo(12), description: `${upTo(9)}` }),
    () => shop.asAdmin('post', `/api/products/${id}/stock`, change),
    () => shop.asAdmin('post', '/api/products/import').set('Content-Type', 'text/csv').send(file),
  ]
  return [(await calls[upTo(3)]!()).status]
}

it('counts, adjustments, imports and orders at once leave every piece accounted for, and none below zero', async () => {
  const products = await Promise.all([5, 10, 20].map((stock) => addProduct(shop, { stock })))
  const seen: number[] = []
  const keepGoing = async (work: (products: Product[]) => Promise<number[]>) => {
    for (let n = 0; n < 25; n++) seen.push(...(await work(products)))
  }
  await Promise.all([order, order, order, order, count, count].map(keepGoing))
  expect([...new Set(seen)].sort()).toEqual([200, 409])
  await expectSoundLedger(shop)
})
