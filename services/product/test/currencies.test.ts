import { addProduct, type Catalogue, expectSoundLedger, startCatalogue } from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue(undefined, 'JPY')
})
afterAll(() => shop.stop())

const whole = { path: 'price', message: 'must be a whole amount: JPY has no decimals' }

test('a price that the currency cannot show is refused where it is entered', async () => {
  const body = { name: 'Kettle', sku: 'KETTLE', price: 1500.5 }
  expect((await shop.asAdmin('post', '/api/products', body).expect(400)).body.errors).toEqual([whole])
  const product = await addProduct(shop, { price: 1500 })
  for (const method of ['put', 'patch'] as const) {
    const answer = await shop.asAdmin(method, `/api/products/${product.id}`, { price: 0.01 }).expect(400)
    expect(answer.body.errors).toEqual([whole])
  }
  await shop.asAdmin('patch', `/api/products/${product.id}`, { price: 1600 }).expect(200)
})

test('and so is such a line of a file', async () => {
  const csv = 'sku,name,price\nA-1,One,1500.50\nA-2,Two,1500'
  const answer = await shop
    .asAdmin('post', '/api/products/import')
    .set('Content-Type', 'text/csv')
    .send(csv)
    .expect(200)
  expect(answer.body).toMatchObject({
    created: 1,
    rejected: [{ line: 2, reason: 'price: must be a whole amount: JPY has no decimals' }],
  })
  await expectSoundLedger(shop)
})
