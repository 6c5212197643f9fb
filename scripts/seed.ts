import { randomBytes } from 'node:crypto'
import { createProducts, findMissingProducts } from './demo-shop/create-products'
import { type Customer, registerCustomer } from './demo-shop/register-customer'
import { readOptions, runCommand } from './demo-shop/run-command'
import { localShopUrl, refuseRemote } from './demo-shop/shop-address'
import { createShopClient } from './demo-shop/shop-client'
import { exitCodes, OperatorError } from './operator-error'
import type { GivenSettings } from './supervisor/read-settings'

export interface SeedOptions {
  /** The gateway's address. */
  baseUrl: string
  admin: { email: string; password: string }
  customer: Customer
  log?: (line: string) => void
}

export interface Seeded {
  createdProducts: number
  createdCustomer: boolean
}

/**
 * Fills a shop that sells nothing, or finishes what an interrupted seeding began, and sees that its demo customer has
 * an account. Goes through the public API alone. Throws an OperatorError that says what stood in the way.
 */
export async function seedDemoShop({ baseUrl, admin, customer, log = () => {} }: SeedOptions): Promise<Seeded> {
  const shop = createShopClient(baseUrl)
  const missing = await findMissingProducts(shop, log)
  const createdProducts = await createProducts(shop, missing, { admin, log })
  if (createdProducts > 0) log(`Put ${createdProducts} products into the shop`)
  const createdCustomer = await registerCustomer(shop, customer, log)
  if (createdCustomer) log(`Opened the account of ${customer.email}`)
  return { createdProducts, createdCustomer }
}

async function main(args: string[], settings: GivenSettings): Promise<void> {
  const options = readOptions(args, { url: { type: 'string' }, 'force-remote': { type: 'boolean' } })
  const baseUrl = options.url ?? localShopUrl(settings)
  if (!options['force-remote']) refuseRemote(baseUrl, 'a demo catalogue')
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = settings
  if (!email || !password) {
    throw new OperatorError("Set ADMIN_EMAIL and ADMIN_PASSWORD to the shop's admin.", exitCodes.wrongSetting)
  }
  const customer = {
    name: 'Amina Wanjiru',
    email: 'customer@duka.test',
    password: randomBytes(9).toString('base64url'),
    phoneNumber: '254708374149',
  }
  const log = (line: string) => console.log(line)
  const { createdProducts, createdCustomer } = await seedDemoShop({
    baseUrl,
    admin: { email, password },
    customer,
    log,
  })
  if (createdCustomer) log(`Its password is ${customer.password}`)
  if (createdProducts === 0) log('The shop needed no products')
}

if (require.main === module) runCommand(main)
