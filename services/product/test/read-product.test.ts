import { randomUUID } from 'node:crypto'
import { addProduct, type Catalogue, startCatalogue } from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue()
})
afterAll(() => shop.stop())

describe('reading a product', () => {
  it('gives it to anyone, but not with a token that is none', async () => {
    const product = await addProduct(shop)
    const { body } = await shop.client.get(`/api/products/${product.id}`).expect(200)
    expect(body).toEqual({ product })
    await shop.client.get(`/api/products/${product.id}`).set({ authorization: 'Bearer nonsense' }).expect(401)
    await shop.client.get(`/api/products/${product.id.toUpperCase()}`).expect(200)
  })

  it('tags what an admin edits, and not the stock that moves by itself', async () => {
    const { id } = await addProduct(shop)
    const tag = async () => (await shop.client.get(`/api/products/${id}`).expect(200)).get('etag')
    const first = await tag()
    expect(first).toMatch(/^"[^"]+"$/)
    await shop.asAdmin('post', `/api/products/${id}/stock`, { delta: 1, reason: 'found' }).expect(200)
    expect(await tag()).toBe(first)
    await shop.asAdmin('patch', `/api/products/${id}`, { stock: 3 }).expect(200)
    expect(await tag()).toBe(first)
    await shop.asAdmin('patch', `/api/products/${id}`, { name: 'Kikoi' }).expect(200)
    expect(await tag()).not.toBe(first)
  })

  it.each([randomUUID(), 'kikoi', '1', `${randomUUID()}'--`, '%00'])('answers 404 to %s', async (id) => {
    const { body } = await shop.client.get(`/api/products/${id}`).expect(404)
    expect(body).toMatchObject({ status: 404, code: 'not_found' })
  })
})

describe('categories', () => {
  it('count what is on sale', async () => {
    for (const category of ['Toys', 'Books', 'Toys']) await addProduct(shop, { category })
    await addProduct(shop, { category: 'Books', isActive: false })
    await addProduct(shop, { category: 'Gone', isActive: false })
    const { body } = await shop.client.get('/api/products/categories').expect(200)
    expect(body).toEqual({
      categories: [
        { name: 'Books', count: 1 },
        { name: 'Toys', count: 2 },
      ],
    })
  })
})

describe('health', () => {
  it('is alive, and ready while its database answers', async () => {
    await shop.client.get('/health').expect(200)
    await shop.client.get('/ready').expect(200)
  })

  it('serves pictures, and no file beside them', async () => {
    await shop.client.get('/api/products/pictures/none.svg').expect(404)
    await shop.client.get('/api/products/pictures/..%2fpackage.json').expect(404)
  })
})
