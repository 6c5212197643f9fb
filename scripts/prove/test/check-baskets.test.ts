import type { Books } from '../../audit/books'
import { addPurchase, createSmallShop, type Purchase, type SmallShop } from '../../audit/test/small-shop'
import { checkBaskets } from '../check-baskets'
import { Memory } from '../memory'

let shop: SmallShop
let books: Books
let purchase: Purchase
let userId: string
let memory: Memory

beforeAll(async () => {
  shop = await createSmallShop()
  books = await shop.openBooks()
})
afterAll(async () => {
  await books.close()
  await shop.remove()
})

// Two pieces were ordered and taken out of the cart, which has two more.
beforeEach(async () => {
  purchase = await addPurchase(shop, 'pending')
  const email = `${purchase.sku.toLowerCase()}@duka.test`
  const { rows } = await shop.run(
    'auth',
    `INSERT INTO users (id, name, email, password, role)
     VALUES (gen_random_uuid(), 'Customer', $1, '$2a$', 'customer') RETURNING id`,
    [email],
  )
  userId = rows[0].id
  await shop.run('order', 'UPDATE orders SET user_id = $2 WHERE id = $1', [purchase.id, userId])
  await shop.run('cart', 'UPDATE carts SET user_id = $2 WHERE id = $1', [purchase.cartId, userId])
  await shop.run(
    'cart',
    `INSERT INTO cart_items (id, cart_id, product_id, product_name, price, quantity)
     VALUES (gen_random_uuid(), $1, $2, 'Kettle', 1200, 2)`,
    [purchase.cartId, purchase.productId],
  )
  memory = new Memory()
  remember(email, 4)
})

function remember(email: string, least: number, most = least) {
  const { productId } = purchase
  memory.baskets.splice(0, 1, { email, least: new Map([[productId, least]]), most: new Map([[productId, most]]) })
}

const forget = () => shop.run('cart', 'DELETE FROM cart_orders WHERE order_id = $1', [purchase.id])

test('is content with what was ordered once or is in the cart', async () => {
  expect(await checkBaskets(memory, books)).toEqual([])
})

test('is content with what is ordered and not taken out of the cart yet', async () => {
  await forget()
  remember(memory.baskets[0]!.email, 2)
  expect(await checkBaskets(memory, books)).toEqual([])
})

test('allows for what got no answer', async () => {
  remember(memory.baskets[0]!.email, 3, 5)
  expect(await checkBaskets(memory, books)).toEqual([])
})

test('finds what was ordered twice, taken out of the cart or not', async () => {
  remember(memory.baskets[0]!.email, 1, 3)
  const told = /put in 1 to 3 of product .*: 2 were ordered, and 2 are in the cart, 0 of them ordered/
  expect(await checkBaskets(memory, books)).toEqual([expect.stringMatching(told)])
  await forget()
  await shop.run('cart', 'UPDATE cart_items SET quantity = 1 WHERE cart_id = $1', [purchase.cartId])
  remember(memory.baskets[0]!.email, 1)
  const waiting = /put in 1 of product .*: 0 were ordered, and 1 are in the cart, 2 of them ordered/
  expect(await checkBaskets(memory, books)).toEqual([expect.stringMatching(waiting)])
})

test('finds what is lost', async () => {
  remember(memory.baskets[0]!.email, 5)
  expect(await checkBaskets(memory, books)).toEqual([expect.stringMatching(/put in 5 of product/)])
})

test('finds what nobody put in', async () => {
  memory.baskets[0]!.least.clear()
  memory.baskets[0]!.most.clear()
  expect(await checkBaskets(memory, books)).toEqual([expect.stringMatching(/put in 0 of product/)])
})
