import { randomUUID } from 'node:crypto'
import { asService, asUser } from '@duka/testkit'
import { addProduct, attemptOf, type Catalogue, lineOf, startCatalogue } from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue()
})
afterAll(() => shop.stop())

const read = (orderId: string, authorization = asService('order', 'product')) =>
  shop.client.get(`/api/internal/stock/orders/${orderId}/movements`).set({ authorization })

test('an order’s movements, over all attempts, oldest first', async () => {
  const [kettle, cup] = [await addProduct(shop), await addProduct(shop)]
  const orderId = randomUUID()
  const items = [lineOf(kettle, 1), lineOf(cup, 2)]
  const [first, second] = [1, 2].map((attempt) => attemptOf(shop, items, { orderId, attempt }))
  await first!.reserve().expect(200)
  await first!.release().expect(200)
  await second!.reserve().expect(200)
  await second!.commit().expect(200)
  await attemptOf(shop, items).reserve().expect(200)

  const { body } = await read(orderId).expect(200)
  const steps = body.movements.map(({ kind, attempt }: { kind: string; attempt: number }) => `${kind} ${attempt}`)
  const expected = ['reserve 1', 'release 1', 'reserve 2', 'commit 2'].flatMap((step) => [step, step])
  expect(steps).toEqual(expected)
  expect(body.movements.find((each: { productId: string }) => each.productId === cup.id)).toEqual({
    id: expect.any(String),
    productId: cup.id,
    kind: 'reserve',
    availableDelta: -2,
    heldDelta: 2,
    soldDelta: 0,
    reason: 'Held for an order.',
    actor: 'order',
    orderId,
    attempt: 1,
    createdAt: expect.any(String),
  })
})

test('an order that is not known has none, and only order may ask', async () => {
  expect((await read(randomUUID()).expect(200)).body).toEqual({ movements: [] })
  await read('1').expect(404)
  await read(randomUUID(), asUser(randomUUID(), 'admin')).expect(401)
  await read(randomUUID(), asService('cart', 'product')).expect(403)
})
