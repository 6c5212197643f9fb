import { seedProducts } from '../big-catalogue/seed-products'
import type { OwnShop } from '../own-shop'
import { newTarget } from './cases'
import { createReadCases, type Editor, findReads, recordReads } from './catalogue-cases'
import { countComplaints } from './count-complaints'
import { describeMachine } from './describe-machine'
import { type Measured, measureCase, type Plan, warmUp } from './measure'
import { measureRest, type Options } from './measure-shop'
import { readUse } from './processes'
import { startReference } from './reference'
import type { Figures } from './report'
import { logIn } from './stock-shop'

/** A token is good for a quarter of an hour. */
const signInEveryMs = 5 * 60_000

/** Fills a shop with products, more and more of them, and measures how fast the catalogue is read at each size. */
export async function measureCatalogue({ shop, lines }: OwnShop, options: Options): Promise<Figures> {
  options.say('starting a shop')
  const machine = describeMachine(options.rootDir, shop.dataDir)
  await shop.start()
  const idle = await measureRest(shop)
  lines.length = 0
  const { gateway: url = '' } = shop.urls
  const {
    PRODUCT_DATABASE_URL: databaseUrl = '',
    ADMIN_EMAIL: email = '',
    ADMIN_PASSWORD: password = '',
  } = shop.settings
  const editor: Editor = { token: '' }
  let signedInAt = Number.NEGATIVE_INFINITY
  const keepSignedIn = async () => {
    if (performance.now() - signedInAt < signInEveryMs) return
    editor.token = await logIn(url, { email, password })
    signedInAt = performance.now()
  }
  const measured: Measured[] = []
  for (const size of options.products.toSorted((a, b) => a - b)) {
    options.say(`seeding ${size} products`)
    await seedProducts(databaseUrl, size)
    await keepSignedIn()
    const reads = await findReads(url, editor)
    const reference = await startReference(await recordReads(url, reads, editor))
    const target = newTarget(url)
    const plan: Plan = {
      ...options,
      shop: target,
      reference: newTarget(reference.url),
      readUse: () => readUse(shop),
      keepSignedIn,
    }
    try {
      for (const each of createReadCases(reads, editor, size)) {
        options.say(`${each.name} of ${size} products`)
        let early = await warmUp(plan, each)
        for (const connections of options.connections) {
          const { shop: sample, ...rest } = await measureCase(plan, each, connections)
          measured.push({ ...rest, shop: { ...sample, failures: [...early, ...sample.failures] } })
          early = []
        }
      }
    } finally {
      await reference.stop()
    }
  }
  const memory = { idle, after: await measureRest(shop) }
  return { machine, measured, memory, complaints: countComplaints(lines), findings: [], orders: 0 }
}
