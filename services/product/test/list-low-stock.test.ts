import { asUser } from '@duka/testkit'
import { addProduct, attemptOf, type Catalogue, lineOf, type Product, startCatalogue } from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue()
  for (const [n, stock] of [7, 0, 3, 100, 5, 101, 3, 6].entries()) await addProduct(shop, { sku: `LOW-${n}`, stock })
  await addProduct(shop, { sku: 'GONE', stock: 0, isActive: false })
})
afterAll(() => shop.stop())

const list = async (query = '') => (await shop.asAdmin('get', `/api/admin/products/low-stock${query}`).expect(200)).body
const stocks = (body: { products: Product[] }) => body.products.map(({ stock }) => stock)

describe('the list of low stock', () => {
  it('has what is on sale and runs out, the least first', async () => {
    const body = await list()
    expect(stocks(body)).toEqual([0, 3, 3, 5])
    expect(body).toMatchObject({ totalProducts: 4, totalPages: 1, currentPage: 1, nextCursor: null })
    expect(stocks(await list('?threshold=0'))).toEqual([0])
    expect(stocks(await list('?threshold=100'))).toEqual([0, 3, 3, 5, 6, 7, 100])
  })

  it('comes in pages, by number or by cursor, without gap or double', async () => {
    const whole = (await list('?threshold=50')).products
    const first = await list('?threshold=50&limit=2')
    const second = await list(`?threshold=50&limit=2&cursor=${first.nextCursor}`)
    expect([...first.products, ...second.products]).toEqual(whole.slice(0, 4))
    expect((await list('?threshold=50&limit=2&page=2')).products).toEqual(second.products)
    expect(await list('?threshold=50&limit=2&page=9')).toMatchObject({ products: [], totalProducts: 6 })
  })

  it('follows what orders take and give back', async () => {
    const product = await addProduct(shop, { stock: 9 })
    const names = async () => (await list('?threshold=4&limit=100')).products.map(({ id }: Product) => id)
    const order = attemptOf(shop, [lineOf(product, 8)])
    await order.reserve().expect(200)
    expect(await names()).toContain(product.id)
    await order.release().expect(200)
    expect(await names()).not.toContain(product.id)
  })

  it('is for admins, and of thresholds that make sense', async () => {
    await shop.client.get('/api/admin/products/low-stock').expect(401)
    await shop.client.get('/api/admin/products/low-stock').set({ authorization: asUser() }).expect(403)
    for (const query of ['threshold=101', 'threshold=-1', 'threshold=x', 'cursor=x', 'limit=0']) {
      await shop.asAdmin('get', `/api/admin/products/low-stock?${query}`).expect(400)
    }
  })
})
