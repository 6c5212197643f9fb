import { type Delivery, hash32 } from '@duka/simulator-kit'
import type { StripeEvent } from './objects'
import { sendEvil } from './send-evil'
import { signText, toHeaders, writeEvent } from './sign-event'
import { commitChange, drawFault, type Simulator } from './simulator'

/** Begins to tell, and does not wait for the end. */
export function tellEvents(sim: Simulator, events: StripeEvent[]): void {
  deliverEvents(sim, events).catch((error) => sim.log(String(error)))
}

/** Tells the shop, each event on its own way: their order is not promised. */
export async function deliverEvents(sim: Simulator, events: StripeEvent[]): Promise<void> {
  await Promise.all(events.map((event) => deliverEvent(sim, event)))
}

/** Tries until the shop takes it or the last try is over. A stop leaves it untold, for after the restart. */
export async function deliverEvent(sim: Simulator, event: StripeEvent): Promise<void> {
  const [endings] = await Promise.all([
    Promise.all(planDeliveries(sim, event).map((delivery) => sim.courier.send(delivery))),
    sendEvil(sim, event),
  ])
  if (endings.some(({ how }) => how === 'abandoned')) return
  commitChange(sim, { told: [{ id: event.id, arrived: endings.some(({ how }) => how === 'arrived') }] })
}

/** One, unless a fault makes it several; each try is signed at its own time, and may be lost. */
function planDeliveries(sim: Simulator, event: StripeEvent): Delivery[] {
  const { switches, account } = sim
  const sequence = hash32(event.id)
  const text = writeEvent(event)
  const afterMs = drawFault(sim, 'late', sequence) ? switches.late.ms : 0
  const dripMs = drawFault(sim, 'slowBody', sequence) ? switches.slowBody.ms : 0
  const held = drawFault(sim, 'reordered', sequence) && { heldMs: switches.reordered.maxMs }
  const copies = drawFault(sim, 'doubled', sequence) ? switches.doubled.times : 0
  return Array.from({ length: 1 + copies }, (_, copy) => {
    let tries = 0
    const write = () => {
      tries += 1
      if (drawFault(sim, 'lost', sequence, `:${copy}:${tries}`)) return null
      const signature = signText(text, account.webhookSecrets, Math.floor(sim.clock.now() / 1000))
      return { text, headers: toHeaders(signature) }
    }
    const retryAfterMs = (triesSoFar: number) => sim.switches.retries.afterMs[triesSoFar - 1]
    return {
      url: account.webhookUrl,
      write,
      afterMs: afterMs + copy * switches.doubled.gapMs,
      dripMs,
      ...held,
      retryAfterMs,
    }
  })
}
