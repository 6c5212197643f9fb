import { ControlError } from '@duka/simulator-kit'
import { reset } from './lifecycle'
import { type Outcome, outcomesByEnding } from './outcomes'
import { resultCodes } from './result-codes'
import { reversePayment } from './reverse-payment'
import { settlePush, tellResult } from './settle-push'
import { commit, type Simulator } from './simulator'
import { changeSwitches, type Switches } from './switches'
import type { Transaction } from './transaction'
import { type LedgerPage, listPhones, listPrompts, type Phone, type Prompt, readLedger } from './views'

const wrongPin = '0000'
const maxScripts = 10_000

/** The hands on the phones and the switches, for scripts and tests; the HTTP control API calls nothing else. */
export type Control = ReturnType<typeof createControl>

export function createControl(sim: Simulator) {
  return {
    ...createViews(sim),
    ...createHands(sim),
    /** The next `times` pushes to this phone (`*`: any) end like this, before any table is asked. */
    script(phone: string, outcome: Outcome, times = 1) {
      if (Array.isArray(outcome)) outcome.forEach(checkCode)
      if (sim.scripts.size >= maxScripts) throw new ControlError(409, 'Too many phones have scripts: reset first.')
      sim.scripts.set(phone, Array<Outcome>(times).fill(outcome))
    },
    changeSwitches(patch: unknown): Switches {
      sim.switches = changeSwitches(sim.switches, patch)
      return structuredClone(sim.switches)
    },
    reset: () => reset(sim),
    /** Resolves when no callback is on its way; what waits for the clock does not count. */
    idle: () => sim.courier.idle(),
  }
}

function createViews(sim: Simulator) {
  return {
    prompts: (phone?: string): Prompt[] => listPrompts(sim, phone),
    phones: (): Phone[] => listPhones(sim),
    transaction: (id: string): Transaction => ({ ...find(sim, id) }),
    /** The newest first. */
    transactions: (limit = 100): Transaction[] => [...sim.state.transactions.values()].slice(-limit).reverse(),
    /** The truth about the money, the oldest first; go on with `after` = `next`. */
    ledger(after?: string, limit = 1000): LedgerPage {
      if (after !== undefined && !sim.state.ledger.entries.has(after)) {
        throw new ControlError(404, 'No such receipt in the ledger.')
      }
      return readLedger(sim, after, limit)
    },
    switches: (): Switches => structuredClone(sim.switches),
    counters: (): Record<string, number> => Object.fromEntries([...sim.counters].sort()),
    outcomes: () => outcomesByEnding,
  }
}

function createHands(sim: Simulator) {
  const answer = (id: string, code: string) => finish(sim, findPrompt(sim, id), code)
  return {
    pay: (id: string) => answer(id, '0'),
    cancel: (id: string) => answer(id, '1032'),
    wrongPin: (id: string) => answer(id, '2001'),
    /** The prompt ends now as if nobody had answered. */
    expire: (id: string) => answer(id, '1037'),
    /** Any four digits pay but 0000, which is the wrong PIN. */
    enterPin(id: string, pin: string) {
      if (!/^\d{4}$/.test(pin)) throw new ControlError(400, 'A PIN has four digits.')
      return answer(id, pin === wrongPin ? '2001' : '0')
    },
    /** Nobody will answer: 1037 when the prompt's time is over. */
    ignore(id: string) {
      const transaction = findPrompt(sim, id)
      commit(sim, { type: 'ignored', id })
      return transaction
    },
    /** Gives any result, also money that comes after a failure or after silence. */
    settle(id: string, code: string) {
      const transaction = find(sim, id)
      checkCode(code)
      if (transaction.receipt) throw new ControlError(409, 'It is paid already.')
      if (transaction.result && code !== '0') throw new ControlError(409, 'It has failed already: only 0 can follow.')
      return finish(sim, transaction, code)
    },
    /** Somebody reverses a payment in Safaricom's portal. Nobody is told. */
    reverse: (receipt: string) => reversePayment(sim, receipt),
    /** Sends the callback of the last result once more. */
    redeliver(id: string) {
      const transaction = find(sim, id)
      if (!transaction.result) throw new ControlError(409, 'It has no result yet.')
      void tellResult(sim, transaction)
      return transaction
    },
  }
}

function find(sim: Simulator, id: string): Transaction {
  const transaction = sim.state.transactions.get(id)
  if (!transaction) throw new ControlError(404, 'No such CheckoutRequestID.')
  return transaction
}

function findPrompt(sim: Simulator, id: string): Transaction {
  const transaction = find(sim, id)
  if (transaction.status !== 'prompting') throw new ControlError(409, 'This prompt is no longer on the phone.')
  return transaction
}

function checkCode(code: string) {
  if (Object.hasOwn(resultCodes, code)) return
  throw new ControlError(400, `Unknown result code: use one of ${Object.keys(resultCodes).join(', ')}.`)
}

function finish(sim: Simulator, transaction: Transaction, code: string): Transaction {
  settlePush(sim, transaction, [code]).catch((error) => sim.log(String(error)))
  return transaction
}
