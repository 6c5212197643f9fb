import type { Store } from '@duka/simulator-kit'
import { book, createLedger, type Ledger, type LedgerSums, restoreDropped } from './ledger'
import type { AsyncRequest, Due, LedgerEntry, Transaction } from './transaction'

/** Everything that changes the state, one line of the journal each. */
export type StateEvent =
  | { type: 'token'; value: string; expiresAt: number }
  | { type: 'push'; transaction: Transaction }
  | { type: 'result'; id: string; code: string; at: number; due: Due | null; entry: LedgerEntry | null }
  | { type: 'silence'; id: string }
  | { type: 'ignored'; id: string }
  | { type: 'called-back'; id: string; tookMs?: number }
  | { type: 'request'; request: AsyncRequest }
  | { type: 'request-result'; id: string; result: AsyncRequest['result']; entry: LedgerEntry | null }
  | { type: 'request-told'; id: string }
  | { type: 'money'; entry: LedgerEntry }
  | { type: 'dropped'; sums: LedgerSums }

export type State = {
  token: { value: string; expiresAt: number } | null
  transactions: Map<string, Transaction>
  /** The one live prompt of each phone. */
  live: Map<string, string>
  /** The last push of each phone and amount, for the rule against repeats. */
  repeats: Map<string, string>
  /** Reversals, payouts and status questions by ConversationID. */
  requests: Map<string, AsyncRequest>
  /** ConversationIDs by the caller's own id, which a payout may use once. */
  originators: Map<string, string>
  ledger: Ledger
  sequence: number
  limits: { transactions: number; ledger: number }
}

export const createState = (limits: State['limits']): State => ({
  token: null,
  transactions: new Map(),
  live: new Map(),
  repeats: new Map(),
  requests: new Map(),
  originators: new Map(),
  ledger: createLedger(),
  sequence: 0,
  limits,
})

export const repeatKey = (phone: string, amount: number) => `${phone}:${amount}`

/** The only function that changes the state; replaying a journal calls it with the same events. */
export function apply(state: State, event: StateEvent): void {
  switch (event.type) {
    case 'token':
      state.token = { value: event.value, expiresAt: event.expiresAt }
      break
    case 'push':
      addTransaction(state, { ...event.transaction })
      break
    case 'result':
      setResult(state, event)
      break
    case 'silence':
      change(state, event.id, { status: 'silent', due: null })
      break
    case 'ignored':
      change(state, event.id, { ignored: true })
      break
    case 'called-back':
      change(state, event.id, { callbackPending: false, callbackMs: event.tookMs ?? null })
      break
    case 'request':
      addRequest(state, { ...event.request })
      break
    case 'request-result':
      if (event.entry) book(state.ledger, event.entry, state.limits.ledger)
      changeRequest(state, event.id, { result: event.result })
      break
    case 'request-told':
      changeRequest(state, event.id, { told: true })
      break
    case 'money':
      book(state.ledger, event.entry, state.limits.ledger)
      break
    case 'dropped':
      restoreDropped(state.ledger, event.sums)
      break
    default:
      throw new Error(`Unknown event: ${JSON.stringify(event)}`)
  }
}

/** The events that rebuild this state, the shortest possible journal. */
function* toEvents(state: State): Generator<StateEvent> {
  yield { type: 'dropped', sums: state.ledger.dropped }
  for (const entry of state.ledger.entries.values()) yield { type: 'money', entry }
  for (const transaction of state.transactions.values()) yield { type: 'push', transaction }
  for (const request of state.requests.values()) yield { type: 'request', request }
  if (state.token) yield { type: 'token', ...state.token }
}

const maxAppended = 100_000

/** The state as its journal sees it. */
export const toStore = (state: State): Store<StateEvent> => ({
  apply: (event) => apply(state, event),
  events: () => toEvents(state),
  size: () => state.ledger.entries.size + state.transactions.size,
  maxAppended,
})

function addTransaction(state: State, transaction: Transaction) {
  const { checkoutRequestId: id, phone, amount } = transaction
  state.sequence = Math.max(state.sequence, transaction.sequence)
  state.transactions.set(id, transaction)
  if (transaction.status === 'prompting') state.live.set(phone, id)
  if (transaction.result?.code !== '17' && transaction.due?.codes[0] !== '17') {
    state.repeats.set(repeatKey(phone, amount), id)
  }
  if (state.transactions.size > state.limits.transactions) forgetOldest(state)
}

function addRequest(state: State, request: AsyncRequest) {
  state.sequence = Math.max(state.sequence, request.sequence)
  state.requests.set(request.conversationId, request)
  state.originators.set(request.originatorId, request.conversationId)
  if (state.requests.size <= state.limits.transactions) return
  const oldest = [...state.requests.values()].find(({ told }) => told)
  if (!oldest) return
  state.requests.delete(oldest.conversationId)
  state.originators.delete(oldest.originatorId)
}

function changeRequest(state: State, id: string, changes: Partial<AsyncRequest>) {
  const request = state.requests.get(id)
  if (request) Object.assign(request, changes)
}

function setResult(state: State, { id, code, at, due, entry }: Extract<StateEvent, { type: 'result' }>) {
  if (entry) book(state.ledger, entry, state.limits.ledger)
  const result = { code, at }
  change(state, id, { status: 'settled', result, due, callbackPending: true, ...(entry && { receipt: entry.receipt }) })
}

function change(state: State, id: string, changes: Partial<Transaction>) {
  const transaction = state.transactions.get(id)
  if (!transaction) return
  Object.assign(transaction, changes)
  if (transaction.status !== 'prompting' && state.live.get(transaction.phone) === id) {
    state.live.delete(transaction.phone)
  }
}

/** Those with something still to come are kept; pushing refuses before they could fill the history. */
function forgetOldest(state: State) {
  for (const [id, { phone, amount, due, callbackPending }] of state.transactions) {
    if (due || callbackPending) continue
    state.transactions.delete(id)
    if (state.repeats.get(repeatKey(phone, amount)) === id) state.repeats.delete(repeatKey(phone, amount))
    return
  }
}

/** Forgets transactions and money, but not the token, nor the sequence that ids are made from. */
export function clear(state: State): void {
  state.transactions.clear()
  state.live.clear()
  state.repeats.clear()
  state.requests.clear()
  state.originators.clear()
  state.ledger = createLedger()
}
