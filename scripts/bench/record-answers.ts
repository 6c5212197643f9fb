import { buy } from './buy'
import { cartLines, listPath, loginPath, profilePath, type Target, type World } from './cases'
import { createJsonClient, type RawAnswer } from './json-client'
import { createBasket, makeCallbacks } from './purchase-cases'

/** Does once what the cases do, and keeps the last answer of each call for the reference to give. */
export async function recordAnswers(target: Target, world: World): Promise<RawAnswer[]> {
  const { customers, products, reservations } = world
  const answers = new Map<string, RawAnswer>()
  const keep = (answer: RawAnswer) => {
    // Every callback has an address of its own.
    const path = (answer.path.split('?')[0] ?? '').replace(/^(\/api\/webhook\/m)\/.*/, '$1/:token')
    answers.set(`${answer.method} ${path}`, { ...answer, path })
  }
  const client = createJsonClient(target.url, 1, keep)
  const internal = createJsonClient(reservations.url, 1, keep)
  const [buyer] = customers.buyers
  const [filler] = customers.fillers
  const [product] = products
  if (!buyer || !filler || !product) throw new Error('A load needs a customer and a product')
  try {
    for (const path of [listPath, `/api/products/${product.id}`]) await client.send('GET', path, 200)
    const { email, password, token } = filler
    await client.send('POST', loginPath, 200, { body: { email, password } })
    await client.send('GET', profilePath, 200, { token })
    target.purchases.push(await buy(client, buyer, createBasket(products)()))
    for (const { path, body } of await makeCallbacks(world, target, 1)) await client.send('POST', path, 200, { body })
    // After the journey, so that the cart of the add-to-cart case is the one that is kept.
    await internal.send('POST', reservations.path, 200, reservations.nextOrder())
    for (const { id } of products.slice(0, cartLines)) {
      const body = { productId: id, quantity: 1 }
      await client.send('POST', '/api/cart/items', 200, { token: filler.token, body })
    }
  } finally {
    client.close()
    internal.close()
  }
  return [...answers.values()]
}
