import { setTimeout as delay } from 'node:timers/promises'
import type { Customer } from './customers'
import { createJsonClient, type JsonClient, UnexpectedAnswer } from './json-client'
import type { Failure, Sample } from './sample'

/** How long each part of a journey took in ms, by name. */
export type Parts = Record<string, number>

export interface Journeys {
  url: string
  /** They shop at once, each one journey after the other. */
  customers: Customer[]
  seconds: number
  /** Throws an UnexpectedAnswer where the shop does anything else than it should. */
  journey(client: JsonClient, customer: Customer): Promise<Parts>
  /** Clears up after a journey that failed. */
  recover?(client: JsonClient, customer: Customer): Promise<unknown>
  /** Each customer begins a journey so often, instead of one right after the other. */
  everyMs?: number
}

// A shop that fails at once would otherwise be asked thousands of times a second.
const afterFailureMs = 100

/**
 * Measures the journeys that begin within the given time, however long they take, while all customers go on shopping.
 * The time begins once each customer could have made a journey: from then on all parts of one go on at once.
 */
export async function runJourneys(journeys: Journeys): Promise<Sample> {
  const { url, customers, seconds, everyMs = 0 } = journeys
  const sample: Sample = { count: 0, seconds, latenciesMs: [], finished: 0, failures: [], parts: {} }
  const window = createWindow(customers.length, seconds * 1000)
  const client = createJsonClient(url, customers.length)
  const shopOn = async (customer: Customer, index: number) => {
    // Those who come so often do not all come at once.
    await delay((everyMs * index) / customers.length)
    while (!window.isOver()) {
      const isMeasured = window.enter()
      const startedAt = performance.now()
      const parts = await tryJourney(client, customer, journeys, sample.failures)
      const tookMs = performance.now() - startedAt
      if (parts && isMeasured) note(sample, parts, tookMs)
      if (parts && window.isRunning()) sample.count++
      sample.finished++
      window.leave(isMeasured)
      if (tookMs < everyMs && !window.isOver()) await delay(everyMs - tookMs)
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

function note(sample: Sample, parts: Parts, ms: number): void {
  sample.latenciesMs.push(ms)
  for (const [name, value] of Object.entries(parts)) {
    const values = sample.parts[name] ?? []
    values.push(value)
    sample.parts[name] = values
  }
}

async function tryJourney(client: JsonClient, customer: Customer, { journey, recover }: Journeys, failures: Failure[]) {
  try {
    return await journey(client, customer)
  } catch (error) {
    if (!(error instanceof UnexpectedAnswer)) throw error
    failures.push({ what: error.message, requestId: error.requestId })
    // Where that fails too, the next journey tells.
    await recover?.(client, customer).catch(() => {})
    await delay(afterFailureMs)
    return undefined
  }
}
