import { hash32 } from '@duka/simulator-kit'
import { eatParts } from './eat-time'
import { makeMerchantRequestId } from './ids'
import type { RequestFields } from './read-request'
import { commit, count, type Simulator } from './simulator'
import type { AsyncRequest } from './transaction'

/** Takes a checked reversal, payout or status question; its result comes by itself a little later. */
export function acceptRequest(sim: Simulator, fields: RequestFields): AsyncRequest {
  const at = sim.clock.now()
  const sequence = sim.state.sequence + 1
  const conversationId = makeConversationId(at, sequence)
  const request: AsyncRequest = {
    ...fields,
    sequence,
    conversationId,
    originatorId: fields.originatorId || makeMerchantRequestId(fields.kind, at, sequence),
    dueAt: at + sim.switches.auto.delayMs,
    result: null,
    told: false,
  }
  commit(sim, { type: 'request', request })
  count(sim, `${fields.kind}.accepted`)
  return sim.state.requests.get(conversationId) ?? request
}

/** Shaped like `AG_20210706_20106e9209f64bebd05b`. */
function makeConversationId(at: number, sequence: number): string {
  const { year, month, day } = eatParts(at)
  const hex = [0, 1, 2].map((part) => hash32(`${at}|${sequence}|${part}`).toString(16).padStart(8, '0')).join('')
  return `AG_${year}${month}${day}_${hex.slice(0, 20)}`
}
