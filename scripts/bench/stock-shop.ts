import type { productContract } from '@duka/contracts'
import { expectStatus, expectThat } from '../demo-shop/expect'
import { asOfNow, createShopClient } from '../demo-shop/shop-client'
import { seedDemoShop } from '../seed'
import type { Shop } from '../supervisor/shop'
import { forEach } from './customers'

export type Product = productContract.Product

/** More of each product than any run can sell. */
const pieces = 10_000_000
const dearestPrice = 20_000
const fewestProducts = 20
const atOnce = 8

/** Fills the shop with the demo catalogue and with stock for the run; brings what can be bought by M-Pesa. */
export async function stockShop(shop: Shop, url: string): Promise<{ products: Product[]; hot: Product }> {
  const admin = { email: shop.settings.ADMIN_EMAIL ?? '', password: shop.settings.ADMIN_PASSWORD ?? '' }
  const customer = {
    name: 'Amina Wanjiru',
    email: 'customer@duka.test',
    password: shop.secrets.customerPassword ?? '',
    phoneNumber: '254708374149',
  }
  await seedDemoShop({ baseUrl: url, admin, customer })
  const products = await listProducts(url)
  const token = await logIn(url, admin)
  await forEach(products, atOnce, (product) => raiseStock(url, token, product))
  return { products, hot: await addHotProduct(url, token) }
}

/** A product that nobody buys, so that what is held of it is no part of the books. */
async function addHotProduct(url: string, token: string): Promise<Product> {
  const body = { name: 'Everybody wants it', sku: 'BENCH-HOT', price: 100, stock: pieces }
  const answer = await createShopClient(url).send<{ product: Product }>('POST', '/api/products', { token, body })
  return expectStatus(answer, 201).product
}

/** A page of the newest products that are cheap enough for two lines to stay below what M-Pesa takes at once. */
async function listProducts(url: string): Promise<Product[]> {
  const path = `/api/products?limit=100&maxPrice=${dearestPrice}`
  const { products } = expectStatus(
    await createShopClient(url).send<{ products: Product[] }>('GET', path, { headers: asOfNow }),
    200,
  )
  expectThat(products.length >= fewestProducts, 'products to buy', `${fewestProducts} or more`, products.length)
  return products
}

/** A token of the admin. */
export async function logIn(url: string, admin: { email: string; password: string }): Promise<string> {
  const answer = await createShopClient(url).send<{ token: string }>('POST', '/api/auth/login', { body: admin })
  return expectStatus(answer, 200).token
}

async function raiseStock(url: string, token: string, { id }: Product): Promise<void> {
  const body = { delta: pieces, reason: 'For the benchmark' }
  expectStatus(await createShopClient(url).send('POST', `/api/products/${id}/stock`, { token, body }), 200)
}

/** What can be bought of each product now, as the shop says. */
export async function readStock(url: string, products: Product[]): Promise<Map<string, number>> {
  const stock = new Map<string, number>()
  await forEach(products, atOnce, async ({ id }) => {
    const path = `/api/products/${id}`
    const answer = await createShopClient(url).send<{ product: Product }>('GET', path, { headers: asOfNow })
    stock.set(id, expectStatus(answer, 200).product.stock)
  })
  return stock
}
