import type { Admin } from '../demo-shop/find-admin'
import type { seedDemoShop } from '../seed'
import type { Output } from './output'
import type { Shop } from './shop'

export type SeedShop = typeof seedDemoShop
export type Customer = Parameters<SeedShop>[0]['customer']

/** Seeds a shop whose databases are all embedded and returns its demo customer; does nothing to any other. */
export async function seedIfEmbedded(
  shop: Shop,
  known: Admin | undefined,
  seed: SeedShop,
  output: Output,
): Promise<Customer | undefined> {
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
    await seed({ baseUrl, admin: known ?? { email, password }, customer, log: (line) => output('duka', line) })
    return customer
  } catch (error) {
    output('duka', `the demo shop could not be filled: ${(error as Error).message}`)
    return undefined
  }
}
