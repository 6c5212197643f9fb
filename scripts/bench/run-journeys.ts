import { setTimeout as delay } from 'node:timers/promises'
import { buy, type Line, type Purchase } from './buy'
import type { Customer } from './customers'
import { createJsonClient, type JsonClient, UnexpectedAnswer } from './json-client'
import type { Failure, Sample } from './sample'

export interface Journeys {
  url: string
  /** They shop at once, each one purchase after the other. */
  customers: Customer[]
  seconds: number
  nextLines(): Line[]
  onPurchase(purchase: Purchase): void
}

// A shop that fails at once would otherwise be asked thousands of times a second.
const afterFailureMs = 100
const longestStartMs = 60_000

/**
 * Counts the journeys that end within the given time, which begins once each customer could have made one: from then on
 * all parts of a journey go on at once. Journeys under way at the end are finished, and not counted, unless there was
 * none before: then the time lasts until the first.
 */
export async function runJourneys({ url, customers, seconds, nextLines, onPurchase }: Journeys): Promise<Sample> {
  const sample: Sample = { count: 0, seconds, latenciesMs: [], finished: 0, failures: [], parts: {} }
  let endsAt = performance.now() + longestStartMs
  let begunAt: number | undefined
  const shopOnce = async (client: JsonClient, customer: Customer) => {
    const startedAt = performance.now()
    const purchase = await tryToBuy(client, customer, nextLines(), sample.failures)
    const endedAt = performance.now()
    if (purchase) onPurchase(purchase)
    sample.finished++
    if (begunAt === undefined) {
      if (sample.finished < customers.length) return
      begunAt = endedAt
      endsAt = endedAt + seconds * 1000
    } else if (purchase && (endedAt <= endsAt || sample.count === 0)) {
      sample.seconds = Math.max(seconds, (endedAt - begunAt) / 1000)
      note(sample, purchase, endedAt - startedAt)
    }
  }
  const client = createJsonClient(url, customers.length)
  const shopOn = async (customer: Customer) => {
    while (performance.now() < endsAt) await shopOnce(client, customer)
  }
  await Promise.all(customers.map(shopOn)).finally(() => client.close())
  return sample
}

function note(sample: Sample, { parts }: Purchase, ms: number): void {
  sample.count++
  sample.latenciesMs.push(ms)
  for (const [name, value] of Object.entries(parts)) {
    const values = sample.parts[name] ?? []
    values.push(value)
    sample.parts[name] = values
  }
}

async function tryToBuy(client: JsonClient, customer: Customer, lines: Line[], failures: Failure[]) {
  try {
    return await buy(client, customer, lines)
  } catch (error) {
    if (!(error instanceof UnexpectedAnswer)) throw error
    failures.push({ what: error.message, requestId: error.requestId })
    // What is left in the cart must not go into the next order. Where that fails too, the next journey tells.
    await client.send('DELETE', '/api/cart', 200, { token: customer.token }).catch(() => {})
    await delay(afterFailureMs)
    return undefined
  }
}
