import type { Output } from './output'
import type { Shop } from './shop'

export type Customer = { name: string; email: string; password: string; phoneNumber: string }
/** Fills an empty shop through its public API, and leaves one with products alone. */
export type SeedShop = (options: {
  baseUrl: string
  admin: { email: string; password: string }
  customer: Customer
  log: (line: string) => void
}) => Promise<unknown>

/** Seeds a shop whose databases are all embedded and returns its demo customer; does nothing to any other. */
export async function seedIfEmbedded(shop: Shop, seed: SeedShop, output: Output): Promise<Customer | undefined> {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = shop.settings
  const baseUrl = shop.urls.gateway
  if (!shop.isEmbedded || !email || !password || !baseUrl) return undefined
  const customer = {
    name: 'Amina Wanjiru',
    email: 'customer@duka.test',
    password: shop.secrets.customerPassword ?? '',
    phoneNumber: '254708374149',
  }
  try {
    await seed({ baseUrl, admin: { email, password }, customer, log: (line) => output('duka', line) })
    return customer
  } catch (error) {
    output('duka', `the demo shop could not be filled: ${(error as Error).message}`)
    return undefined
  }
}
