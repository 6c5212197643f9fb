import type { OwnShop } from '../own-shop'
import { metricsUrls } from '../supervisor/metrics-urls'
import { services } from '../supervisor/processes'
import type { Shop } from '../supervisor/shop'
import type { Compared, Comparison, Round } from './against-report'
import { type BenchCase, createCases, newTarget, type Target } from './cases'
import { countComplaints } from './count-complaints'
import { type Customers, registerCustomers } from './customers'
import { describeMachine } from './describe-machine'
import { warmUpConnections } from './measure'
import type { Options } from './measure-shop'
import { reachPhones } from './phones'
import { readUse, subtractUse } from './processes'
import { openReservations } from './reservations'
import { sum } from './sample'
import { stockShop } from './stock-shop'

/** One of two shops that are compared. */
interface Side {
  shop: Shop
  target: Target
  customers: Customers
  cases: BenchCase[]
}

/**
 * Loads two shops that differ in some settings by turns, in short rounds, each first as often as the other, so that a
 * machine that slows down or speeds up meanwhile does so for both.
 */
export async function measureAgainst([own, other]: [OwnShop, OwnShop], options: Options): Promise<Comparison> {
  options.say('starting two shops')
  const machine = describeMachine(options.rootDir, own.dataDir)
  const sides = [await openSide(own, options), await openSide(other, options)] as const
  for (const { lines } of [own, other]) lines.length = 0
  const compared: Compared[] = []
  for (const name of options.cases) {
    options.say(`${name}, warming up`)
    // Once looked at, processes also watch themselves. A look in every round would be one every few seconds.
    for (const { shop } of sides)
      await Promise.all(metricsUrls(shop).map((url) => fetch(url).then((got) => got.text())))
    for (const side of sides) await runRound(side, name, warmUpConnections, caseOf(side, name).warmUpSeconds)
    const { maxConnections = Number.POSITIVE_INFINITY } = caseOf(sides[0], name)
    for (const connections of options.connections.filter((count) => count <= maxConnections)) {
      options.say(`${name}, ${connections} connection(s)`)
      compared.push({ name, connections, pairs: await runPairs(sides, name, connections, options) })
    }
  }
  return { machine, settings: options.against, compared, complaints: countComplaints([...own.lines, ...other.lines]) }
}

async function openSide({ shop }: OwnShop, { connections }: Options): Promise<Side> {
  await shop.start()
  const { gateway: url = '', daraja: simulatorUrl = '' } = shop.urls
  const { products, hot } = await stockShop(shop, url)
  const reservations = openReservations(shop, hot.id)
  const customers = await registerCustomers(url, Math.max(warmUpConnections, ...connections))
  const cases = createCases({ customers, products, reservations, phones: reachPhones(simulatorUrl) })
  return { shop, target: newTarget(url), customers, cases }
}

async function runPairs([own, other]: readonly [Side, Side], name: string, connections: number, options: Options) {
  const pairs: [Round, Round][] = []
  const run = (side: Side) => runRound(side, name, connections, options.seconds)
  for (let round = 0; round < options.rounds; round++) {
    const [first, second] = round % 2 === 0 ? [own, other] : [other, own]
    const [a, b] = [await run(first), await run(second)]
    pairs.push(first === own ? [a, b] : [b, a])
  }
  return pairs
}

async function runRound({ shop, ...side }: Side, name: string, connections: number, seconds: number): Promise<Round> {
  const benchCase = caseOf(side, name)
  await side.customers.keepSignedIn()
  await benchCase.prepare?.(side.target, connections)
  const before = readUse(shop)
  const sample = await benchCase.run(side.target, connections, seconds)
  const use = subtractUse(readUse(shop), before, [])
  const ownUse = use?.filter((each) => services.some((service) => service.name === each.name))
  return { sample, processorMs: ownUse ? (sum(ownUse.map((each) => each.seconds)) * 1000) / sample.finished : null }
}

function caseOf({ cases }: Pick<Side, 'cases'>, name: string): BenchCase {
  return cases.find((each) => each.name === name) as BenchCase
}
