import type { BenchCase, Target } from './cases'
import { type ProcessUse, subtractUse } from './processes'
import { addUp, type Failure, type Sample } from './sample'

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

export const warmUpConnections = 16
const referenceWarmUpSeconds = 2

/** Runs a case for a while, so that what is measured then is not how the processes start. Gives what failed. */
export async function warmUp(plan: Plan, benchCase: BenchCase): Promise<Failure[]> {
  await plan.keepSignedIn()
  await benchCase.prepare?.(plan.shop, warmUpConnections)
  const { failures } = await benchCase.run(plan.shop, warmUpConnections, benchCase.warmUpSeconds)
  await benchCase.run(plan.reference, warmUpConnections, referenceWarmUpSeconds)
  return failures
}

/**
 * Measures a case in short rounds, the shop and the reference by turns and each first as often as the other, so that a
 * machine that slows down or speeds up meanwhile does so for both.
 */
export async function measureCase(plan: Plan, benchCase: BenchCase, connections: number): Promise<Measured> {
  const shop: Sample[] = []
  const reference: Sample[] = []
  let use: ProcessUse[] | null = []
  const runShop = async () => {
    await plan.keepSignedIn()
    await benchCase.prepare?.(plan.shop, connections)
    const before = plan.readUse()
    shop.push(await benchCase.run(plan.shop, connections, plan.seconds))
    use = subtractUse(plan.readUse(), before, use)
  }
  const runReference = async () => {
    reference.push(await benchCase.run(plan.reference, connections, plan.seconds))
  }
  for (let round = 0; round < plan.rounds; round++) {
    for (const turn of round % 2 === 0 ? [runShop, runReference] : [runReference, runShop]) await turn()
  }
  return { case: benchCase, connections, shop: addUp(shop), reference: addUp(reference), use }
}
