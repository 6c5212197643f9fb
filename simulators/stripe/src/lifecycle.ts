import { tellEvents } from './deliver-events'
import { scheduleDue } from './run-steps'
import { find, type Simulator } from './simulator'
import { clear } from './state'

/** Takes up after a restart what had not come to its end. */
export function resume(sim: Simulator): void {
  tellEvents(
    sim,
    [...sim.state.untold].flatMap((id) => find(sim, 'event', id) ?? []),
  )
  for (const id of [...sim.state.due.keys()]) scheduleDue(sim, id)
}

/** Stops everything that would still happen by itself. */
export function halt(sim: Simulator): void {
  for (const cancel of sim.timers.values()) cancel()
  sim.timers.clear()
  sim.courier.abandon()
}

/** Back to an empty simulator with the switches it began with. */
export function reset(sim: Simulator): void {
  halt(sim)
  sim.scripts = []
  sim.counters.clear()
  sim.switches = structuredClone(sim.initialSwitches)
  clear(sim.state)
  sim.journal.compact()
}
