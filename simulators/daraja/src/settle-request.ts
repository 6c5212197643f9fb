import { merchantBalance } from './ledger'
import { planPosts } from './plan-deliveries'
import { writeResult } from './result-body'
import { nextReceipt } from './settle-push'
import { commit, count, drawFault, type Simulator } from './simulator'
import type { FaultName } from './switches'
import type { AsyncRequest, LedgerEntry } from './transaction'

/** Sets the timer for a request's result; what was decided before a restart is only told again. */
export function scheduleRequest(sim: Simulator, request: AsyncRequest): void {
  const id = request.conversationId
  const run = () => {
    sim.timers.delete(id)
    settleRequest(sim, request).catch((error) => sim.log(String(error)))
  }
  const waitMs = request.dueAt - sim.clock.now()
  if (waitMs <= 0) run()
  else sim.timers.set(id, sim.clock.after(waitMs, run))
}

async function settleRequest(sim: Simulator, request: AsyncRequest): Promise<void> {
  const id = request.conversationId
  if (!request.result) {
    const at = sim.clock.now()
    const code = decide(sim, request)
    const moves = code === '0' && request.kind !== 'status'
    const receipt = moves ? nextReceipt(sim, at, request.sequence) : request.originalReceipt
    const entry = moves ? toEntry(request, receipt, at) : null
    commit(sim, { type: 'request-result', id, result: { code, at, receipt }, entry })
    count(sim, `${request.kind}.${code}`)
  }
  const strikes = (fault: FaultName) => drawFault(sim, fault, request, ':result')
  const text = writeResult(sim, request, strikes('textResultCode'))
  const posts = planPosts(request.resultUrl, text, sim.switches, strikes)
  const sent = await Promise.all(posts.map((post) => sim.courier.send(post)))
  if (sent.every(({ how }) => how !== 'abandoned')) commit(sim, { type: 'request-told', id })
}

function decide(sim: Simulator, request: AsyncRequest): string {
  const { ledger } = sim.state
  const original = ledger.entries.get(request.originalReceipt)
  if (request.initiator !== (sim.merchant.initiator ?? 'testapi')) return '2001'
  if (request.kind !== 'payout' && !original) return 'R000002'
  if (request.kind === 'status') return '0'
  if (request.kind === 'reversal') {
    if (ledger.reversed.has(request.originalReceipt)) return 'R000001'
    if (original?.kind !== 'payment') return 'R000002'
  }
  return sim.switches.float.amount + merchantBalance(ledger) < request.amount ? '1' : '0'
}

function toEntry(request: AsyncRequest, receipt: string, at: number): LedgerEntry {
  const { amount, shortcode, phone, originatorId } = request
  const entry = { receipt, at, amount, shortcode, phone, originatorId }
  return request.kind === 'reversal'
    ? { kind: 'reversal', ...entry, originalReceipt: request.originalReceipt }
    : { kind: 'payout', ...entry }
}
