import type { productContract } from '@duka/contracts'
import { OperatorError } from '../operator-error'
import { catalogue, type DemoProduct, pictureOf } from './catalogue'
import { askPatiently } from './patience'
import { asOfNow, describeAnswer, type ShopClient } from './shop-client'

const concurrency = 8
const pageLimit = 100

interface Entry extends DemoProduct {
  category: string
}

interface Creation {
  admin: { email: string; password: string }
  log: (line: string) => void
}

/**
 * The demo products that the shop does not show. None of them where it shows anything else: it is somebody's own shop
 * by then. What an admin withdrew is missing here too, but keeps its SKU, so that creating it again is refused (409)
 * and it stays withdrawn: that is why no other mark of a finished seeding is needed.
 */
export async function findMissingProducts(shop: ShopClient, log: Creation['log']): Promise<Entry[]> {
  const listed = await askPatiently(log, () =>
    shop.send<{ products: productContract.Product[] }>('GET', `/api/products?limit=${pageLimit}`, { headers: asOfNow }),
  )
  if (listed.status !== 200) throw new OperatorError(`The products could not be listed: ${describeAnswer(listed)}`)
  const entries = catalogue.flatMap(({ name, products }) => products.map((each) => ({ ...each, category: name })))
  const known = new Set(entries.map(({ sku }) => sku))
  const shown = new Set(listed.body.products.map(({ sku }) => sku))
  const isDemoOnly = shown.size < pageLimit && [...shown].every((sku) => known.has(sku))
  return isDemoOnly ? entries.filter(({ sku }) => !shown.has(sku)) : []
}

/** Creates them, a few at a time, and says how many were not there before. */
export async function createProducts(shop: ShopClient, entries: Entry[], creation: Creation): Promise<number> {
  if (entries.length === 0) return 0
  const token = await logIn(shop, creation)
  const queue = entries.values()
  let created = 0
  const work = async () => {
    for (const entry of queue) if (await createProduct(shop, token, entry, creation)) created += 1
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return created
}

/** Gives the admin's token. */
export async function logIn(shop: ShopClient, { admin, log }: Pick<Creation, 'admin' | 'log'>): Promise<string> {
  const answer = await askPatiently(log, () => shop.send<{ token: string }>('POST', '/api/auth/login', { body: admin }))
  if (answer.status === 200) return answer.body.token
  throw new OperatorError(
    `The admin ${admin.email} cannot log in: ${describeAnswer(answer)}. Check ADMIN_EMAIL and ADMIN_PASSWORD.`,
  )
}

async function createProduct(shop: ShopClient, token: string, entry: Entry, creation: Creation): Promise<boolean> {
  const { drawing: _drawing, tint: _tint, ...product } = entry
  // A path: the shop shows it under whatever address it has.
  const imageUrl = `/api/products/pictures/${pictureOf(entry)}`
  const body = { ...product, imageUrl, images: [imageUrl] }
  const answer = await askPatiently(creation.log, () => shop.send('POST', '/api/products', { body, token }))
  if (answer.status === 201) return true
  const { code } = (answer.body ?? {}) as { code?: string }
  if (answer.status === 409 && code === 'sku_taken') return false
  throw new OperatorError(`The product ${entry.sku} could not be created: ${describeAnswer(answer)}`)
}
