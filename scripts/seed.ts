import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { findCatalogueDatabase } from './big-catalogue/find-database'
import { seedProducts } from './big-catalogue/seed-products'
import { createProducts, findMissingProducts } from './demo-shop/create-products'
import { findAdmin, keptSecrets, possibleAdmins } from './demo-shop/find-admin'
import { type Customer, registerCustomer } from './demo-shop/register-customer'
import { readOptions, runCommand } from './demo-shop/run-command'
import { isThisMachine, localShopUrl, refuseRemote } from './demo-shop/shop-address'
import { createShopClient } from './demo-shop/shop-client'
import { exitCodes, OperatorError } from './operator-error'
import type { GivenSettings } from './supervisor/read-settings'

const usage = `npm run seed -- [--url …] [--force-remote]
npm run seed -- --products 100000 [--force-external]
Fills an empty shop with the demo catalogue, or adds made-up products to the running shop's database.
--force-remote allows a shop that is not on this machine, --force-external a database that npm start does not keep.`

const rootDir = join(__dirname, '../..')
const maxProducts = 5_000_000

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
  const options = readOptions(args, {
    url: { type: 'string' },
    'force-remote': { type: 'boolean' },
    products: { type: 'string' },
    'force-external': { type: 'boolean' },
  })
  if (options.products !== undefined)
    return fillCatalogue(options.products, settings, options['force-external'] ?? false)
  const baseUrl = options.url ?? localShopUrl(settings)
  if (!options['force-remote']) refuseRemote(baseUrl, 'a demo catalogue')
  const log = (line: string) => console.log(line)
  const { admin } = await findAdmin(createShopClient(baseUrl), possibleAdmins(baseUrl, settings, rootDir), log)
  const kept = isThisMachine(baseUrl) ? keptSecrets(rootDir, settings) : undefined
  const customer = {
    name: 'Amina Wanjiru',
    email: 'customer@duka.test',
    // The next npm start says this one.
    password: kept?.customerPassword ?? randomBytes(9).toString('base64url'),
    phoneNumber: '254708374149',
  }
  const { createdProducts, createdCustomer } = await seedDemoShop({ baseUrl, admin, customer, log })
  if (createdCustomer) log(`Its password is ${customer.password}`)
  if (createdProducts === 0) log('The shop needed no products')
}

/** Made-up products by the thousand, straight into the database of this machine's running shop. */
async function fillCatalogue(wanted: string, settings: GivenSettings, allowExternal: boolean): Promise<void> {
  const count = Number(wanted)
  if (!Number.isInteger(count) || count < 1 || count > maxProducts) {
    throw new OperatorError(`--products must be a whole number from 1 to ${maxProducts}.`, exitCodes.wrongSetting)
  }
  const databaseUrl = findCatalogueDatabase(rootDir, settings, allowExternal)
  const startedAt = performance.now()
  const added = await seedProducts(databaseUrl, count)
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  console.log(`Put ${added} products into the catalogue, in ${seconds} s`)
}

if (require.main === module) runCommand(main, usage)
