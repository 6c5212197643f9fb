import { roll } from '@duka/simulator-kit'
import { DarajaError, systemBusy } from './daraja-error'
import { count, type Simulator } from './simulator'

/** Spike arrest, quota and a busy system: all HTTP 500 at Safaricom, never 429. */
export function checkThrottle(sim: Simulator): void {
  const { throttle, switches } = sim
  enterWindow(sim)
  throttle.inSecond += 1
  throttle.inDay += 1
  if (switches.spikeArrest.perSecond > 0 && throttle.inSecond > switches.spikeArrest.perSecond) {
    count(sim, 'fault.spikeArrest')
    throw new DarajaError(500, '500.003.02', 'Error Occurred: Spike Arrest Violation')
  }
  if (switches.quota.perDay > 0 && throttle.inDay > switches.quota.perDay) {
    count(sim, 'fault.quota')
    throw new DarajaError(500, '500.003.03', 'Quota Violation')
  }
  if (roll(switches.seed, 'busy', throttle.calls) < switches.busy.rate) {
    count(sim, 'fault.busy')
    throw systemBusy()
  }
}

function enterWindow({ throttle, clock }: Simulator) {
  const second = Math.floor(clock.now() / 1000)
  const day = Math.floor(second / 86_400)
  throttle.calls += 1
  if (second !== throttle.second) Object.assign(throttle, { second, inSecond: 0 })
  if (day !== throttle.day) Object.assign(throttle, { day, inDay: 0 })
}
