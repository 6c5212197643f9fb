import { scheduleDue, tellResult } from './settle-push'
import { scheduleRequest } from './settle-request'
import type { Simulator } from './simulator'
import { clear } from './state'

/** Takes up after a restart what had not come to its end. */
export function resume(sim: Simulator): void {
  for (const transaction of sim.state.transactions.values()) {
    if (transaction.callbackPending) void tellResult(sim, transaction)
    scheduleDue(sim, transaction)
  }
  for (const request of sim.state.requests.values()) {
    if (!request.told) scheduleRequest(sim, request)
  }
}

/** Stops everything that would still happen by itself. */
export function halt(sim: Simulator): void {
  for (const cancel of sim.timers.values()) cancel()
  sim.timers.clear()
  sim.courier.abandon()
}

/** Back to an empty simulator with the switches it began with; the shop's token stays good. */
export function reset(sim: Simulator): void {
  halt(sim)
  sim.scripts.clear()
  sim.counters.clear()
  sim.switches = structuredClone(sim.initialSwitches)
  clear(sim.state)
  sim.journal.compact()
}
