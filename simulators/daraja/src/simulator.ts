import type { Clock, Courier, Journal } from '@duka/simulator-kit'
import type { Outcome } from './outcomes'
import { apply, type State, type StateEvent } from './state'
import { type FaultName, type Switches, strikes } from './switches'

/** Who the simulator is for: one Daraja app with one PayBill or store number, and perhaps a till. */
export type Merchant = {
  name: string
  consumerKey: string
  consumerSecret: string
  shortcode: string
  passkey: string
  till?: string
  /** The shortcode that payouts are made from; the merchant's own when not given. */
  b2cShortcode?: string
  /** The API user of reversals, payouts and status questions; `testapi` when not given, as in Safaricom's sandbox. */
  initiator?: string
}

/** What every part of the simulator works on. */
export type Simulator = {
  merchant: Merchant
  clock: Clock
  switches: Switches
  initialSwitches: Switches
  state: State
  journal: Journal<StateEvent>
  courier: Courier
  /** Answers asked for through the control API, used before the tables; the key `*` is for any phone. */
  scripts: Map<string, Outcome[]>
  timers: Map<string, () => void>
  counters: Map<string, number>
  throttle: { calls: number; second: number; inSecond: number; day: number; inDay: number }
  log: (line: string) => void
}

/** Written down first: what cannot be journalled has not happened. */
export function commit(sim: Simulator, event: StateEvent): void {
  sim.journal.append(event)
  apply(sim.state, event)
}

export function count(sim: Simulator, name: string): void {
  sim.counters.set(name, (sim.counters.get(name) ?? 0) + 1)
}

/** Draws for one push whether a fault strikes it, and counts it if so. */
export function drawFault(sim: Simulator, fault: FaultName, { sequence }: { sequence: number }, about = ''): boolean {
  const hit = strikes(sim.switches, fault, sequence, about)
  if (hit) count(sim, `fault.${fault}`)
  return hit
}

export const maskPhone = (phone: string) => `${phone.slice(0, 4)}****${phone.slice(-3)}`
