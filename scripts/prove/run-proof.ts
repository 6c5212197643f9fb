import { setTimeout as delay } from 'node:timers/promises'
import { openBooks } from '../audit/books'
import { reportViolations } from '../audit/report-violations'
import { countViolations, type Result } from '../audit/run-audit'
import { checkAcknowledged } from './check-acknowledged'
import { countThings, type Totals } from './count-things'
import { tellOfReversals } from './give-back'
import { journeys } from './journeys'
import { keepRestocking, keepReviewing, stockShelves } from './keep-shop'
import { Memory } from './memory'
import type { ProveOptions } from './options'
import type { ProveShop } from './prove-shop'
import { countForgeries, countProviderFaults, endProviderFaults, startProviderFaults } from './provider-faults'
import { createRandom } from './random'
import { Shopper } from './shopper'
import { strikeFaults } from './strike-faults'
import { waitForQuiet } from './wait-for-quiet'
import type { World } from './world'

export interface Verdict {
  options: ProveOptions
  memory: Memory
  totals: Totals
  results: Result[]
  /** Promises that were broken, in words. */
  broken: string[]
  /** What is wrong in the books, with the timelines of the orders. */
  report: string[]
  violations: number
}

/** Shops and breaks things at once for the given time, waits until all is quiet, and looks whether everything adds up. */
export async function runProof(shop: ProveShop, options: ProveOptions, say: (line: string) => void): Promise<Verdict> {
  await shop.shop.start()
  let endsAt = Number.POSITIVE_INFINITY
  const world: World = {
    url: shop.url,
    get keeper() {
      return admin
    },
    daraja: shop.shop.urls.daraja ?? '',
    stripe: shop.shop.urls.stripe ?? '',
    memory: new Memory(),
    products: [],
    hotProducts: [],
    later: [],
    isOver: () => Date.now() > endsAt,
  }
  const { seed, seconds } = options
  const admin = new Shopper(world, createRandom(seed, 'admin'), shop.admin)
  await admin.logIn()
  await stockShelves(admin)
  const customers = Array.from({ length: options.customers }, (_, n) => newCustomer(world, seed, n))
  await Promise.all(customers.map((customer) => customer.register()))
  say(`Seed ${seed}: ${options.customers} customers shop for ${seconds} s, and faults strike`)
  await startProviderFaults(world, seed)
  endsAt = Date.now() + seconds * 1000
  const shopping = [...customers.map(keepShopping), keepRestocking(admin), keepReviewing(admin)]
  await Promise.all([...shopping, strikeFaults(shop, world.memory, seed, world.isOver)])
  await Promise.all(world.later)
  say(`The faults are over; waiting for quiet, at most ${options.quietSeconds} s`)
  await shop.heal()
  await endProviderFaults(world)
  await tellOfReversals(world)
  return judge(shop, world, options)
}

async function judge(shop: ProveShop, world: World, options: ProveOptions): Promise<Verdict> {
  const { memory, daraja, stripe } = world
  for (const [what, count] of await countProviderFaults(world)) memory.count(`fault.${what}`, count)
  const forgeries = await countForgeries(world)
  memory.count('forgeries', forgeries.sent)
  if (forgeries.taken > 0) memory.broken.push(`${forgeries.taken} forged events of Stripe were taken`)
  const { auth, product, order, payment, cart } = shop.databases.directUrls as Record<string, string>
  const urls = { auth: auth!, product: product!, order: order!, payment: payment!, cart: cart! }
  const books = await openBooks(urls, { daraja, stripe })
  try {
    const results = await waitForQuiet(books, urls, options.quietSeconds)
    const broken = await checkAcknowledged(memory, books)
    const report = await reportViolations(books, results)
    const violations = countViolations(results) + broken.length
    return { options, memory, totals: await countThings(books), results, broken, report, violations }
  } finally {
    await books.close()
  }
}

function newCustomer(world: World, seed: number, n: number): Shopper {
  const random = createRandom(seed, `customer ${n}`)
  return new Shopper(world, random, { email: `customer-${n}@duka.test`, password: random.text(16) })
}

async function keepShopping(customer: Shopper): Promise<void> {
  const { random, world } = customer
  while (!world.isOver()) {
    const journey = random.pickWeighted(journeys)
    world.memory.count(`journey.${journey.name}`)
    await journey.run(customer)
    await delay(random.between(0, 300))
  }
}
