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

/**
 * Measures the journeys that begin within the given time, however long they take, while all customers go on shopping.
 * The time begins once each customer could have made a journey: from then on all parts of one go on at once.
 */
export async function runJourneys({ url, customers, seconds, nextLines, onPurchase }: Journeys): Promise<Sample> {
  const sample: Sample = { count: 0, seconds, latenciesMs: [], finished: 0, failures: [], parts: {} }
  const window = createWindow(customers.length, seconds * 1000)
  const client = createJsonClient(url, customers.length)
  const shopOn = async (customer: Customer) => {
    while (!window.isOver()) {
      const isMeasured = window.enter()
      const startedAt = performance.now()
      const purchase = await tryToBuy(client, customer, nextLines(), sample.failures)
      if (purchase) onPurchase(purchase)
      if (purchase && isMeasured) note(sample, purchase, performance.now() - startedAt)
      if (purchase && window.isRunning()) sample.count++
      sample.finished++
      window.leave(isMeasured)
    }
  }
  await Promise.all(customers.map(shopOn)).finally(() => client.close())
  return { ...sample, seconds: window.seconds() }
}

/** The time in which journeys are measured: open to new ones for `openMs`, and over when the last of those has ended. */
function createWindow(endsBefore: number, openMs: number) {
  let [ends, underWay] = [0, 0]
  let begunAt: number | undefined
  let overAt: number | undefined
  const isOpen = () => begunAt !== undefined && performance.now() < begunAt + openMs
  return {
    isRunning: () => begunAt !== undefined && overAt === undefined,
    isOver: () => overAt !== undefined,
    seconds: () => ((overAt ?? 0) - (begunAt ?? 0)) / 1000,
    /** True where the journey that begins now is one of those measured. */
    enter(): boolean {
      const isMeasured = isOpen()
      if (isMeasured) underWay++
      return isMeasured
    },
    leave(isMeasured: boolean): void {
      ends++
      if (isMeasured) underWay--
      if (begunAt === undefined && ends >= endsBefore) begunAt = performance.now()
      else if (begunAt !== undefined && !isOpen() && underWay === 0) overAt ??= performance.now()
    },
  }
}

function note(sample: Sample, { parts }: Purchase, ms: number): void {
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
