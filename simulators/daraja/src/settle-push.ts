import { makeReceipt } from './ids'
import { planCallback, planForgery } from './plan-deliveries'
import { commit, count, drawFault, type Simulator } from './simulator'
import type { Due, LedgerEntry, Transaction } from './transaction'

/** Gives a push its result, moves the money if it is paid, and tells the shop. More codes follow later by themselves. */
export async function settlePush(sim: Simulator, transaction: Transaction, codes: string[]): Promise<void> {
  const [code, ...rest] = addSurprise(sim, transaction, codes)
  if (!code || transaction.receipt) return
  const at = sim.clock.now()
  const due: Due | null = rest.length > 0 ? { at: at + sim.switches.auto.followUpMs, codes: rest } : null
  const entry = code === '0' ? toPayment(sim, transaction, at) : null
  commit(sim, { type: 'result', id: transaction.checkoutRequestId, code, at, due, entry })
  count(sim, `result.${code}`)
  // Told before the next one is due: with no time between the two, both are still told, in their order.
  const told = tellResult(sim, transaction)
  scheduleDue(sim, transaction)
  await told
}

/** Sets the timer for what the push does next by itself, in place of any earlier one. */
export function scheduleDue(sim: Simulator, transaction: Transaction): void {
  const id = transaction.checkoutRequestId
  cancelDue(sim, id)
  if (!transaction.due) return
  const waitMs = Math.max(0, transaction.due.at - sim.clock.now())
  const run = () => runDue(sim, transaction)
  if (waitMs === 0) run()
  else sim.timers.set(id, sim.clock.after(waitMs, run))
}

/** POSTs the latest result to the shop; after a restart this is done again for what had not arrived. */
export async function tellResult(sim: Simulator, transaction: Transaction): Promise<void> {
  const code = transaction.result?.code ?? ''
  const strikes = (fault: Parameters<typeof drawFault>[1]) => drawFault(sim, fault, transaction, `:${code}`)
  const deliveries = planCallback(transaction, code, sim.switches, strikes)
  const sent = await Promise.all(deliveries.map((delivery) => sim.courier.send(delivery)))
  // Called off by a stop: left pending in the journal, and told after the restart.
  if (sent.some(({ how }) => how === 'abandoned') || transaction.result?.code !== code) return
  const tookMs = sent.find(({ how }) => how === 'arrived')?.tookMs
  commit(sim, { type: 'called-back', id: transaction.checkoutRequestId, ...(tookMs !== undefined && { tookMs }) })
}

export async function sendForgery(sim: Simulator, transaction: Transaction): Promise<void> {
  if (!drawFault(sim, 'forged', transaction)) return
  await sim.courier.send(planForgery(transaction, sim.clock.now()))
}

function runDue(sim: Simulator, transaction: Transaction): void {
  sim.timers.delete(transaction.checkoutRequestId)
  const codes = transaction.due?.codes ?? []
  if (codes.length > 0) return void settlePush(sim, transaction, codes).catch((error) => sim.log(String(error)))
  commit(sim, { type: 'silence', id: transaction.checkoutRequestId })
}

function cancelDue(sim: Simulator, id: string) {
  sim.timers.get(id)?.()
  sim.timers.delete(id)
}

/** The faults in which Safaricom first says that it failed, and then that it was paid. */
function addSurprise(sim: Simulator, transaction: Transaction, codes: string[]): string[] {
  if (codes.length !== 1 || codes[0] !== '0' || transaction.result) return codes
  if (drawFault(sim, 'contradictory', transaction)) return ['1032', '0']
  if (drawFault(sim, 'lateSuccess', transaction)) return ['1037', '0']
  return codes
}

function toPayment(sim: Simulator, transaction: Transaction, at: number): LedgerEntry {
  return {
    kind: 'payment',
    receipt: nextReceipt(sim, at, transaction.sequence),
    at,
    amount: transaction.amount,
    shortcode: transaction.shortcode,
    phone: transaction.phone,
    accountReference: transaction.accountReference,
    checkoutRequestId: transaction.checkoutRequestId,
  }
}

export function nextReceipt(sim: Simulator, at: number, sequence: number): string {
  let receipt = makeReceipt(at, sequence)
  for (let later = 1; sim.state.ledger.entries.has(receipt); later++) receipt = makeReceipt(at + later, sequence)
  return receipt
}
