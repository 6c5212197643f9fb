import { ControlError } from '@duka/simulator-kit'
import { tellEvents } from './deliver-events'
import { reset } from './lifecycle'
import { checkStep, type Given, takeStep } from './run-steps'
import { find, type Simulator } from './simulator'
import { changeSwitches, type Switches } from './switches'
import { type LedgerPage, listCards, listEvents, listPayments, type Payment, readLedger, readPayment } from './views'

const maxScripts = 10_000

/** The hands of customers, banks and Stripe, and the switches; the HTTP control API calls nothing else. */
export type Control = ReturnType<typeof createControl>

export function createControl(sim: Simulator) {
  const step = (id: string, name: string, given: Given = {}): Payment => {
    takeStep(sim, id, name, given)
    return findPayment(sim, id)
  }
  return {
    ...createViews(sim),
    /** Confirms the intent with a test card, or takes another of the steps that the README lists. */
    step,
    pay: (id: string) => step(id, 'pm_card_visa'),
    /** Somebody gives money back in Stripe's dashboard: so many minor units, or all that is left. */
    refund: (id: string, amount?: number) => step(id, 'refund', { amount }),
    decline: (id: string) => step(id, 'pm_card_visa_chargeDeclined'),
    /** The next `times` intents take these steps by themselves, one after the other; none: they wait for a person. */
    script(steps: string[], times = 1) {
      steps.forEach(checkStep)
      if (sim.scripts.length + times > maxScripts) throw new ControlError(409, 'Too many scripts: reset first.')
      sim.scripts.push(...Array.from({ length: times }, () => [...steps]))
    },
    /** Sends an event once more, whether it was taken or given up. */
    redeliver(id: string) {
      const event = find(sim, 'event', id)
      if (!event) throw new ControlError(404, 'No such event.')
      tellEvents(sim, [event])
    },
    changeSwitches(patch: unknown): Switches {
      sim.switches = changeSwitches(sim.switches, patch)
      return structuredClone(sim.switches)
    },
    reset: () => reset(sim),
    /** Resolves when no webhook is on its way; what waits for the clock does not count. */
    idle: () => sim.courier.idle(),
  }
}

function createViews(sim: Simulator) {
  return {
    payment: (id: string): Payment => findPayment(sim, id),
    /** The newest first. */
    payments: (limit = 100): Payment[] => listPayments(sim, limit),
    events: (limit = 100) => listEvents(sim, limit),
    /** The truth about the money, the oldest first; go on with `after` = `next`. */
    ledger(after?: string, limit = 1000): LedgerPage {
      if (after !== undefined && !sim.state.ledger.entries.has(after)) {
        throw new ControlError(404, 'No such entry in the ledger.')
      }
      return readLedger(sim, after, limit)
    },
    cards: listCards,
    switches: (): Switches => structuredClone(sim.switches),
    counters: (): Record<string, number> => Object.fromEntries([...sim.counters].sort()),
  }
}

function findPayment(sim: Simulator, id: string): Payment {
  const about = find(sim, 'refund', id) ?? find(sim, 'dispute', id)
  const intent = find(sim, 'payment_intent', about?.payment_intent ?? id)
  if (!intent) throw new ControlError(404, 'No such payment.')
  return readPayment(sim, intent)
}
