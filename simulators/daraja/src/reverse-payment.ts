import { ControlError } from '@duka/simulator-kit'
import { merchantBalance } from './ledger'
import { nextReceipt } from './settle-push'
import { commit, count, type Simulator } from './simulator'
import type { LedgerEntry } from './transaction'

/** Takes a whole payment back, as the merchant's people do in the portal: the money moves, and no callback tells of it. */
export function reversePayment(sim: Simulator, receipt: string): LedgerEntry {
  const { ledger } = sim.state
  const original = ledger.entries.get(receipt)
  if (original?.kind !== 'payment') throw new ControlError(404, 'No such payment in the ledger.')
  if (ledger.reversed.has(receipt)) throw new ControlError(409, 'It has been reversed already.')
  const { amount, shortcode, phone } = original
  if (sim.switches.float.amount + merchantBalance(ledger) < amount) {
    throw new ControlError(409, 'The merchant does not hold that much.')
  }
  const at = sim.clock.now()
  const reversal = nextReceipt(sim, at, sim.state.sequence)
  const entry: LedgerEntry = {
    kind: 'reversal',
    receipt: reversal,
    at,
    amount,
    shortcode,
    phone,
    originalReceipt: receipt,
  }
  commit(sim, { type: 'money', entry })
  count(sim, 'portal.reversed')
  return entry
}
