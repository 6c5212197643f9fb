import type { Store } from '@duka/simulator-kit'
import { book, createLedger, type Ledger, type LedgerEntry, type LedgerTotals, restoreDropped } from './ledger'
import type { Kind, ObjectOf, StripeObject } from './objects'

/** What an object does by itself: at `at` the first step, the rest later. */
export type Due = { at: number; steps: string[] }

/** An answer that is given again to the same idempotency key. */
export type SavedAnswer = {
  key: string
  fingerprint: string
  at: number
  status: number
  text: string
  requestId: string
}

/** Everything that one request or step changes, all of it or nothing: one line of the journal. */
export type Change = {
  sequence?: number
  objects?: StripeObject[]
  entries?: LedgerEntry[]
  due?: { id: string; due: Due | null }[]
  saved?: SavedAnswer
  /** Events that need no more telling. */
  told?: { id: string; arrived: boolean }[]
  dropped?: LedgerTotals
}

export type Limits = { objects: number; events: number; ledger: number; keys: number }

export type State = {
  tables: { [K in Kind]: Map<string, ObjectOf<K>> }
  due: Map<string, Due>
  saved: Map<string, SavedAnswer>
  /** Ids of events that the shop has not taken yet. */
  untold: Set<string>
  ledger: Ledger
  /** Ids are made from it. */
  sequence: number
  limits: Limits
}

const maxAppended = 50_000
/** Stripe keeps keys for at least a day. */
export const keyLifeMs = 24 * 3_600_000

const emptyTables = (): State['tables'] => ({
  payment_intent: new Map(),
  charge: new Map(),
  refund: new Map(),
  dispute: new Map(),
  event: new Map(),
})

export const createState = (limits: Limits): State => ({
  tables: emptyTables(),
  due: new Map(),
  saved: new Map(),
  untold: new Set(),
  ledger: createLedger(),
  sequence: 0,
  limits,
})

/** The only function that changes the state; replaying a journal calls it with the same changes. */
export function apply(state: State, change: Change): void {
  if (change.dropped) restoreDropped(state.ledger, change.dropped)
  state.sequence = Math.max(state.sequence, change.sequence ?? 0)
  for (const { id, due } of change.due ?? []) setDue(state, id, due)
  for (const object of change.objects ?? []) put(state, object)
  for (const entry of change.entries ?? []) book(state.ledger, entry, state.limits.ledger)
  for (const { id, arrived } of change.told ?? []) markTold(state, id, arrived)
  if (change.saved) save(state, change.saved)
}

/** The state as its journal sees it. */
export const toStore = (state: State): Store<Change> => ({
  apply: (change) => apply(state, change),
  events: () => toChanges(state),
  size: () => Object.values(state.tables).reduce((sum, table) => sum + table.size, state.saved.size),
  maxAppended,
})

/** Forgets objects, keys and money, but not the sequence that ids are made from. */
export function clear(state: State): void {
  Object.assign(state, { tables: emptyTables(), due: new Map(), saved: new Map(), untold: new Set() })
  state.ledger = createLedger()
}

function* toChanges({ tables, ...state }: State): Generator<Change> {
  yield { dropped: state.ledger.dropped, sequence: state.sequence }
  for (const entry of state.ledger.entries.values()) yield { entries: [entry] }
  for (const [id, due] of state.due) yield { due: [{ id, due }] }
  for (const kind of ['payment_intent', 'charge', 'refund', 'dispute'] as const) {
    for (const object of tables[kind].values()) yield { objects: [object] }
  }
  for (const event of tables.event.values()) {
    const told = state.untold.has(event.id) ? [] : [{ id: event.id, arrived: event.pending_webhooks === 0 }]
    yield { objects: [event], told }
  }
  for (const saved of state.saved.values()) yield { saved }
}

function setDue(state: State, id: string, due: Due | null) {
  if (due) state.due.set(id, due)
  else state.due.delete(id)
}

function put(state: State, object: StripeObject) {
  const table: Map<string, StripeObject> = state.tables[object.object]
  table.set(object.id, object)
  if (object.object === 'event' && object.pending_webhooks > 0) state.untold.add(object.id)
  const limit = object.object === 'event' ? state.limits.events : state.limits.objects
  if (table.size > limit) forgetOldest(state, table)
}

/** What still has something to do is kept. */
function forgetOldest(state: State, table: Map<string, StripeObject>) {
  for (const id of table.keys()) {
    if (state.due.has(id) || state.untold.has(id)) continue
    table.delete(id)
    return
  }
}

function markTold(state: State, id: string, arrived: boolean) {
  state.untold.delete(id)
  const event = state.tables.event.get(id)
  if (event && arrived) state.tables.event.set(id, { ...event, pending_webhooks: 0 })
}

function save(state: State, saved: SavedAnswer) {
  state.saved.delete(saved.key)
  state.saved.set(saved.key, saved)
  for (const [key, { at }] of state.saved) {
    if (at + keyLifeMs > saved.at && state.saved.size <= state.limits.keys) return
    state.saved.delete(key)
  }
}
