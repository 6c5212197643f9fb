import { randomUUID } from 'node:crypto'
import { asUser } from '@duka/testkit'
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

  it('tags its bytes, and an edit that names them is refused only where another one came between', async () => {
    const { id } = await addProduct(shop)
    const tag = async () => (await shop.client.get(`/api/products/${id}`).expect(200)).get('etag') ?? ''
    const edit = (name: string, match: string) =>
      shop.asAdmin('patch', `/api/products/${id}`, { name }).set('If-Match', match)
    const first = await tag()
    expect(first).toMatch(/^"[^"]+"$/)
    expect(await tag()).toBe(first)
    await shop.asAdmin('post', `/api/products/${id}/stock`, { delta: 1, reason: 'found' }).expect(200)
    const second = await tag()
    expect(second).not.toBe(first)
    await shop.client.get(`/api/products/${id}`).set('If-None-Match', first).expect(200)
    const { headers, text } = await shop.client.get(`/api/products/${id}`).set('If-None-Match', second).expect(304)
    expect([headers.etag, text]).toEqual([second, ''])
    const edited = await edit('Kikoi', first).expect(200)
    expect(edited.headers.etag).toBe(await tag())
    await edit('Leso', second).expect(412)
  })

  it('gives a withdrawn one to who edits the catalogue, and 404 to everybody else at once', async () => {
    const { id } = await addProduct(shop)
    const path = `/api/products/${id}`
    await shop.client.get(path).expect(200)
    await shop.asAdmin('delete', path).expect(200)
    for (const _time of [1, 2]) {
      await shop.client.get(path).expect(404)
      await shop.client.get(path).set({ authorization: asUser() }).expect(404)
      expect((await shop.asAdmin('get', path).expect(200)).body.product.isActive).toBe(false)
    }
    await shop.asAdmin('patch', path, { isActive: true }).expect(200)
    await shop.client.get(path).expect(200)
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
