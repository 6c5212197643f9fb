import { type productContract, toMinor } from '@duka/contracts'
import { OperatorError } from '../operator-error'
import { expectSame, expectStatus, expectThat } from './expect'
import { asOfNow, type ShopClient } from './shop-client'
import type { Tour } from './tour'

type Product = productContract.Product

interface Page {
  products: Product[]
  currentPage: number
  totalPages: number
  totalProducts: number
  nextCursor: string | null
}

/** What the demo buys at most of one product, in both of its orders together. */
const piecesNeeded = 6
/** Keeps the whole order under the 250,000 that one M-Pesa payment may carry. */
const dearestPrice = 20_000

/** Lists, searches, filters and reads; gives three products that the demo can buy. */
export async function browseCatalogue({ shop, step }: Tour): Promise<[Product, Product, Product]> {
  const picked = await step('The catalogue is listed', async (saw) => {
    const page = await list(shop, { inStock: 'true', limit: '100' })
    expectSame('currentPage', page.currentPage, 1)
    expectThat(
      page.totalProducts >= page.products.length,
      'totalProducts',
      `${page.products.length} or more`,
      page.totalProducts,
    )
    saw(`${page.totalProducts} products in stock on ${page.totalPages} page(s)`)
    return pick(page.products)
  })
  const [first] = picked
  await step('Searching and filtering find a product', async (saw) => saw(await findAgain(shop, first)))
  await step('A product is read', async (saw) => saw(await read(shop, first)))
  return picked
}

/** What can be bought now, as the product's page says. */
export async function readStock(shop: ShopClient, id: string): Promise<number> {
  const answer = await shop.send<{ product: Product }>('GET', `/api/products/${id}`, { headers: asOfNow })
  return expectStatus(answer, 200).product.stock
}

async function list(shop: ShopClient, query: Record<string, string>): Promise<Page> {
  return expectStatus(await shop.send<Page>('GET', `/api/products?${new URLSearchParams(query)}`), 200)
}

function pick(products: Product[]): [Product, Product, Product] {
  const [a, b, c] = products.filter(
    ({ price, stock }) => stock >= piecesNeeded && price <= dearestPrice && Number.isInteger(price),
  )
  if (a && b && c) return [a, b, c]
  throw new OperatorError(
    `The demo needs three products in stock (${piecesNeeded} pieces or more) at whole prices up to ${dearestPrice}. ` +
      'An empty shop is filled by npm start, or by npm run seed.',
  )
}

async function findAgain(shop: ShopClient, { id, name, category, price }: Product) {
  const found = await list(shop, { search: name, limit: '100' })
  expectThat(
    found.products.some((each) => each.id === id),
    `search for "${name}"`,
    'to find it',
    `${found.totalProducts} others`,
  )
  const query = { ...(category && { category }), minPrice: String(price), maxPrice: String(price), limit: '100' }
  const filtered = await list(shop, query)
  expectThat(
    filtered.products.some((each) => each.id === id),
    `filter ${JSON.stringify(query)}`,
    `${name} in it`,
    'it is not',
  )
  for (const each of filtered.products) {
    expectSame(`price of ${each.name}, filtered`, toMinor(each.price), toMinor(price))
    if (category) expectSame(`category of ${each.name}, filtered`, each.category, category)
  }
  const cheapest = (await list(shop, { sort: 'price', limit: '20' })).products.map((each) => each.price)
  expectSame('prices sorted', cheapest.join(), [...cheapest].sort((x, y) => x - y).join())
  return `"${name}" by its name, and ${filtered.totalProducts} at its price`
}

async function read(shop: ShopClient, { id, price, imageUrl }: Product) {
  const answer = await shop.send<{ product: Product }>('GET', `/api/products/${id}`)
  const { product } = expectStatus(answer, 200)
  expectSame('price on the product page', toMinor(product.price), toMinor(price))
  expectThat(answer.headers.has('etag'), 'product page', 'an ETag', 'none')
  await checkPicture(shop, imageUrl)
  return `${product.name}, ${product.currency} ${product.price}, ${product.stock} in stock`
}

/** Pictures that the shop serves itself are reached through the gateway, whatever name it has outside. */
async function checkPicture(shop: ShopClient, imageUrl: string | null): Promise<void> {
  const path = imageUrl ? new URL(imageUrl, shop.url).pathname : ''
  if (!path.startsWith('/api/products/pictures/')) return
  const answer = await shop.send('GET', path)
  expectStatus(answer, 200)
  const type = answer.headers.get('content-type') ?? 'none'
  expectThat(type.startsWith('image/'), `${answer.call}: content type`, 'a picture', type)
}
