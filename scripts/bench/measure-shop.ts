import { setTimeout as delay } from 'node:timers/promises'
import type { OwnShop } from '../own-shop'
import type { Shop } from '../supervisor/shop'
import { auditPurchases } from './audit'
import { type BenchCase, createCases, newTarget } from './cases'
import { countComplaints } from './count-complaints'
import { registerCustomers } from './customers'
import { describeMachine } from './describe-machine'
import { type Measured, measureCase, type Plan, warmUp, warmUpConnections } from './measure'
import type { BenchOptions } from './options'
import { reachPhones } from './phones'
import { readMemory, readUse } from './processes'
import { recordAnswers } from './record-answers'
import { startReference } from './reference'
import type { Figures } from './report'
import { openReservations } from './reservations'
import { readStock, stockShop } from './stock-shop'

export interface Options extends BenchOptions {
  rootDir: string
  say(line: string): void
}

const restMs = 3000

/** Starts the shop, loads it with each case, and looks through its books afterwards. */
export async function measureShop({ shop, lines }: OwnShop, options: Options): Promise<Figures> {
  const { connections, say } = options
  say('starting a shop')
  const machine = describeMachine(options.rootDir, shop.dataDir)
  await shop.start()
  const { gateway: url = '', daraja: simulatorUrl = '' } = shop.urls
  const { products, hot } = await stockShop(shop, url)
  const reservations = openReservations(shop, hot.id)
  const customers = await registerCustomers(url, Math.max(warmUpConnections, ...connections))
  const stockBefore = await readStock(url, products)
  const idle = await measureRest(shop)
  lines.length = 0
  const world = { customers, products, reservations, phones: reachPhones(simulatorUrl) }
  const target = newTarget(url)
  const reference = await startReference(await recordAnswers(target, world))
  const plan: Plan = {
    ...options,
    shop: target,
    reference: { ...newTarget(reference.url), isReference: true },
    readUse: () => readUse(shop),
    keepSignedIn: customers.keepSignedIn,
  }
  const gatewayPlan: Plan = { ...plan, shop: newTarget(reference.gatewayUrl), readUse: () => null }
  const internalPlan: Plan = { ...plan, shop: newTarget(reservations.url) }
  const planOf = ({ isGatewayOnly, isInternal }: BenchCase) =>
    isGatewayOnly ? gatewayPlan : isInternal ? internalPlan : plan
  const measured = await measureCases(planOf, createCases(world), options).finally(reference.stop)
  const { purchases, held } = target
  say(`checking ${purchases.length} orders, their money and their stock`)
  const findings = await auditPurchases({ url, simulatorUrl, customers, products, stockBefore, purchases, held })
  const memory = { idle, after: await measureRest(shop) }
  return { machine, measured, memory, complaints: countComplaints(lines), findings, orders: purchases.length }
}

async function measureCases(
  planOf: (benchCase: BenchCase) => Plan,
  cases: BenchCase[],
  options: Options,
): Promise<Measured[]> {
  const measured: Measured[] = []
  for (const each of cases.filter(({ name }) => options.cases.some((wanted) => wanted === name))) {
    options.say(`${each.name}, warming up`)
    // They count as the first measurement's, so that they are reported.
    let early = await warmUp(planOf(each), each)
    const { maxConnections = Number.POSITIVE_INFINITY } = each
    for (const connections of options.connections.filter((count) => count <= maxConnections)) {
      options.say(`${each.name}, ${connections} connection(s)`)
      const { shop, ...rest } = await measureCase(planOf(each), each, connections)
      measured.push({ ...rest, shop: { ...shop, failures: [...early, ...shop.failures] } })
      early = []
    }
  }
  return measured
}

export async function measureRest(shop: Shop) {
  await delay(restMs)
  return readMemory(shop)
}
