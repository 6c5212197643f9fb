import { addProduct, attemptOf, type Catalogue, expectSoundLedger, lineOf, startCatalogue, stockOf } from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue()
})
afterAll(() => shop.stop())
afterEach(() => expectSoundLedger(shop))

/** A product of which ten were read and seven sold since, and the tag that it was read with. */
async function readThenSold() {
  const { id } = await addProduct(shop, { stock: 10 })
  const { body, headers } = await shop.asAdmin('get', `/api/products/${id}`).expect(200)
  const sale = attemptOf(shop, [lineOf(body.product, 7)])
  await sale.reserve().expect(200)
  await sale.commit().expect(200)
  return { id, read: body.product, tag: headers.etag ?? '' }
}

const change = (method: 'put' | 'patch', id: string, body: object, tag?: string) => {
  const request = shop.asAdmin(method, `/api/products/${id}`, body)
  return tag === undefined ? request : request.set('If-Match', tag)
}

describe.each(['put', 'patch'] as const)('a stock in %s', (method) => {
  it.each([
    ['nothing else', () => undefined, {}],
    ['the tag', (tag: string) => tag, {}],
    ['the tag of an older version', (tag: string) => tag.replace(/-\d+-/, '-'), {}],
    ['any tag', () => '*', {}],
    ['its base', () => undefined, { stockBase: 10 }],
  ])('that was read brings nothing sold back, with %s', async (_with, tagOf, more) => {
    const { id, read, tag } = await readThenSold()
    const body = { ...read, description: 'Handmade', ...more }
    const answer = await change(method, id, body, tagOf(tag)).expect(200)
    expect(answer.body).toMatchObject({
      message: 'Product updated, and its stock left at 3.',
      product: { description: 'Handmade', stock: 3 },
      stockLeft: { sent: 10, stock: 3, reason: expect.any(String) },
    })
    expect(await stockOf(shop, read)).toBe(3)
  })

  it.each([
    ['the tag', true, {}],
    ['its base', false, { stockBase: 10 }],
  ])('that differs from %s counts together with a name', async (_with, isTagged, more) => {
    const { id } = await addProduct(shop, { stock: 10 })
    const { body, headers } = await shop.asAdmin('get', `/api/products/${id}`).expect(200)
    const sent = { ...body.product, name: 'Counted', stock: 25, ...more }
    const answer = await change(method, id, sent, isTagged ? headers.etag : undefined).expect(200)
    expect(answer.body.product).toMatchObject({ name: 'Counted', stock: 25 })
    expect(answer.body).not.toHaveProperty('stockLeft')
  })

  it.each([
    ['the tag', true, {}],
    ['its base', false, { stockBase: 10 }],
  ])(
    'that differs from %s is refused where pieces moved since, and nothing is changed',
    async (_with, isTagged, more) => {
      const { id, read, tag } = await readThenSold()
      const sent = { ...read, name: 'Counted', stock: 12, ...more }
      const { body } = await change(method, id, sent, isTagged ? tag : undefined).expect(409)
      expect(body).toMatchObject({ code: 'stock_changed', available: 3 })
      const now = await shop.asAdmin('get', `/api/products/${id}`).expect(200)
      expect(now.body.product).toMatchObject({ name: read.name, stock: 3 })
    },
  )

  it('with another field and no base is left alone, and the answer says how to set it', async () => {
    const { id } = await addProduct(shop, { stock: 10 })
    const { body } = await change(method, id, { name: 'Renamed', stock: 12 }).expect(200)
    expect(body.product).toMatchObject({ name: 'Renamed', stock: 10 })
    expect(body.stockLeft).toEqual({ sent: 12, stock: 10, reason: expect.stringContaining('stockBase') })
  })

  it('counts alone, with whatever tag, and with a base only where that still holds', async () => {
    const { id, tag } = await readThenSold()
    expect((await change(method, id, { stock: 10 }, tag).expect(200)).body.product.stock).toBe(10)
    expect((await change(method, id, { stock: 4, id, currency: 'KES' }).expect(200)).body.product.stock).toBe(4)
    await change(method, id, { stock: 5, stockBase: 10 }).expect(409)
    expect((await change(method, id, { stock: 5, stockBase: 4 }).expect(200)).body.product.stock).toBe(5)
  })

  it('that is so already is not spoken of', async () => {
    const product = await addProduct(shop, { stock: 10 })
    const { body } = await change(method, product.id, { ...product, name: 'Same stock' }).expect(200)
    expect(body).toEqual({ message: 'Product updated.', product: expect.objectContaining({ stock: 10 }) })
  })
})
