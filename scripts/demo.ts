import { browseCatalogue } from './demo-shop/browse-catalogue'
import { fillCart } from './demo-shop/fill-cart'
import { failToPay, payOrder } from './demo-shop/pay-order'
import { cancelOrder, orderCart, orderDirectly, readOrder } from './demo-shop/place-orders'
import { readOptions, runCommand } from './demo-shop/run-command'
import { localShopUrl, refuseRemote } from './demo-shop/shop-address'
import { createShopClient } from './demo-shop/shop-client'
import { createPhones } from './demo-shop/simulate-phone'
import { createStep } from './demo-shop/tour'
import { forgeCallback, tryForbiddenDoors } from './demo-shop/try-forgeries'
import { visitShop } from './demo-shop/visit-shop'
import { OperatorError } from './operator-error'
import type { GivenSettings } from './supervisor/read-settings'

const usage = `npm run demo -- [--url …] [--simulator …] [--force-remote]
Buys in a running shop through its gateway, and checks everything on the way. Without --url in this folder's shop.
--simulator is the Daraja simulator whose phone pays; --force-remote allows a shop that is not on this machine.`

export interface DemoOptions {
  /** The gateway's address. */
  url: string
  simulatorUrl: string
  print?: (line: string) => void
}

/**
 * Buys in a running shop through its gateway: one order paid by M-Pesa on a simulated phone, one cancelled. Prints each
 * step with what it saw; throws an OperatorError with one line, expected and seen, where anything differs.
 */
export async function runDemo({ url, simulatorUrl, print = () => {} }: DemoOptions): Promise<void> {
  await requireSimulator(simulatorUrl)
  const tour = { shop: createShopClient(url), step: createStep(print), phone: createPhones(simulatorUrl) }
  const token = await visitShop(tour)
  const products = await browseCatalogue(tour)
  const paid = await orderCart(tour, token, await fillCart(tour, token, products))
  await payOrder(tour, token, paid)

  const line = { product: products[1], quantity: 2 }
  const second = await orderDirectly(tour, token, line)
  await forgeCallback(tour, token, await failToPay(tour, token, second))
  await tryForbiddenDoors(tour, second)
  await cancelOrder(tour, token, second, line)
  await tour.step('The first order is untouched by all that', async (saw) => {
    const { orderNumber, status } = await readOrder(tour.shop, token, paid.id)
    if (status !== 'paid') throw new OperatorError(`order ${orderNumber}: expected paid, seen ${status}`)
    saw(`${orderNumber} ${status}`)
  })
}

/** Against a real provider the demo would send a prompt to a stranger's phone. */
async function requireSimulator(url: string): Promise<void> {
  const answer = await fetch(`${url.replace(/\/+$/, '')}/health`, { signal: AbortSignal.timeout(5000) })
    .then((response) => response.json() as Promise<{ service?: unknown }>)
    .catch(() => undefined)
  if (answer?.service === 'daraja-simulator') return
  throw new OperatorError(
    `No Daraja simulator answers at ${url}, and the demo pays on no real phone. ` +
      'npm start runs one unless MPESA_BASE_URL is set; give its address with --simulator.',
  )
}

async function main(args: string[], settings: GivenSettings): Promise<void> {
  const text = { type: 'string' } as const
  const options = readOptions(args, { url: text, simulator: text, 'force-remote': { type: 'boolean' } })
  const url = options.url ?? localShopUrl(settings)
  const simulatorUrl = options.simulator ?? `http://localhost:${settings.DARAJA_SIMULATOR_PORT ?? 6001}`
  if (!options['force-remote']) refuseRemote(url, 'a demo purchase')
  const startedAt = performance.now()
  await runDemo({ url, simulatorUrl, print: (line) => console.log(line) })
  console.log(`Everything is as it should be, after ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`)
}

if (require.main === module) runCommand(main, usage)
