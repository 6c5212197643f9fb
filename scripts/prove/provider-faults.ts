import { expectStatus } from '../demo-shop/expect'
import { createShopClient } from '../demo-shop/shop-client'

/**
 * What M-Pesa does to callbacks. A query that lies (`queryDisagrees`) is left out: together with a lost callback nobody
 * could ever find out that it lied.
 */
const mpesaFaults = {
  lost: { rate: 0.08 },
  doubled: { rate: 0.15, times: 2, gapMs: 150 },
  reordered: { rate: 0.1, maxMs: 3000 },
  late: { rate: 0.08, ms: 4000 },
  beforeAnswer: { rate: 0.1 },
  answerLost: { rate: 0.04 },
  busy: { rate: 0.03 },
  contradictory: { rate: 0.03 },
  lateSuccess: { rate: 0.03 },
  wrongAmount: { rate: 0.02, by: -1 },
  wrongIds: { rate: 0.02 },
  textResultCode: { rate: 0.1 },
  forged: { rate: 0.15 },
  slowBody: { rate: 0.04, ms: 1500 },
}

const stripeFaults = {
  lost: { rate: 0.1 },
  doubled: { rate: 0.15, times: 2, gapMs: 150 },
  twin: { rate: 0.08 },
  reordered: { rate: 0.1, maxMs: 3000 },
  late: { rate: 0.08, ms: 3000 },
  beforeAnswer: { rate: 0.1 },
  answerLost: { rate: 0.05 },
  serverError: { rate: 0.03 },
  conflict: { rate: 0.02 },
  rateLimited: { rate: 0.02 },
  wrongSecret: { rate: 0.1 },
  staleTime: { rate: 0.05 },
  futureTime: { rate: 0.05 },
  alteredByte: { rate: 0.05 },
  slowBody: { rate: 0.03, ms: 1500 },
}

const calm = (faults: Record<string, object>) =>
  Object.fromEntries(Object.keys(faults).map((name) => [name, { rate: 0 }]))

const mpesaHabits = {
  // Slow enough for a cancel or a crash to come between the prompt and the PIN.
  auto: { answer: 'pay', delayMs: 500, followUpMs: 15_000 },
  prompt: { seconds: 8 },
}

const stripeHabits = { retries: { afterMs: [500, 2000, 5000, 10_000] }, refunds: { answer: 'succeed', settleMs: 1000 } }

export interface Providers {
  daraja: string
  stripe: string
}

export async function startProviderFaults({ daraja, stripe }: Providers, seed: number): Promise<void> {
  await turn(daraja, { seed, ...mpesaHabits, ...mpesaFaults })
  await turn(stripe, { seed, ...stripeHabits, ...stripeFaults })
}

export async function endProviderFaults({ daraja, stripe }: Providers): Promise<void> {
  await turn(daraja, calm(mpesaFaults))
  await turn(stripe, calm(stripeFaults))
}

/** Forged callbacks and events that the simulators sent, and those of Stripe's that were taken for true ones. */
export async function countForgeries({ daraja, stripe }: Providers): Promise<{ sent: number; taken: number }> {
  const evils = Object.entries(await readCounters(stripe)).filter(([name]) => name.startsWith('evil.'))
  const sum = (counted: [string, number][]) => counted.reduce((all, [, count]) => all + count, 0)
  const forged = (await readCounters(daraja))['fault.forged'] ?? 0
  return { sent: forged + sum(evils), taken: sum(evils.filter(([name]) => name.endsWith('.taken'))) }
}

/** How often each fault struck, as the simulators counted. */
export async function countProviderFaults({ daraja, stripe }: Providers): Promise<[string, number][]> {
  const counts: [string, number][] = []
  for (const [name, url, faults] of [
    ['M-Pesa', daraja, mpesaFaults],
    ['Stripe', stripe, stripeFaults],
  ] as const) {
    for (const [counter, count] of Object.entries(await readCounters(url))) {
      const fault = Object.keys(faults).find((each) => counter === `fault.${each}`)
      if (fault) counts.push([`${name}: ${fault}`, count])
    }
  }
  return counts
}

async function readCounters(url: string): Promise<Record<string, number>> {
  const answer = await createShopClient(url).send<Record<string, number>>('GET', '/control/counters')
  return expectStatus(answer, 200)
}

async function turn(url: string, body: object): Promise<void> {
  expectStatus(await createShopClient(url).send('POST', '/control/faults', { body }), 200)
}
