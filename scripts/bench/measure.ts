import type { BenchCase, Target } from './cases'
import { type ProcessUse, subtractUse } from './processes'
import { addUp, type Sample } from './sample'

export interface Measured {
  case: BenchCase
  connections: number
  shop: Sample
  reference: Sample
  /** Processor time that the shop's rounds took, by process; null where the system does not tell. */
  use: ProcessUse[] | null
}

export interface Plan {
  shop: Target
  reference: Target
  seconds: number
  rounds: number
  readUse(): ProcessUse[] | null
  keepSignedIn(): Promise<void>
}

const warmUpSeconds = 1

/**
 * Measures a case in short rounds, the shop and the reference by turns and each first as often as the other, so that a
 * machine that slows down or speeds up meanwhile does so for both.
 */
export async function measureCase(plan: Plan, benchCase: BenchCase, connections: number): Promise<Measured> {
  const shop: Sample[] = []
  const reference: Sample[] = []
  const warmUps: Sample[] = []
  let use: ProcessUse[] | null = []
  const runShop = async (seconds: number, into: Sample[]) => {
    await plan.keepSignedIn()
    await benchCase.prepare?.(plan.shop.url, connections)
    const before = plan.readUse()
    into.push(await benchCase.run(plan.shop, connections, seconds))
    if (into === shop) use = subtractUse(plan.readUse(), before, use)
  }
  const runReference = async (seconds: number, into: Sample[]) => {
    into.push(await benchCase.run(plan.reference, connections, seconds))
  }
  if (!benchCase.warmsUp) {
    await runShop(warmUpSeconds, warmUps)
    await runReference(warmUpSeconds, [])
  }
  for (let round = 0; round < plan.rounds; round++) {
    const turns = [() => runShop(plan.seconds, shop), () => runReference(plan.seconds, reference)]
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn()
  }
  const warmUpFailures = warmUps.flatMap(({ failures }) => failures)
  const whole = addUp(shop)
  const measured = { ...whole, failures: [...warmUpFailures, ...whole.failures] }
  return { case: benchCase, connections, shop: measured, reference: addUp(reference), use }
}
