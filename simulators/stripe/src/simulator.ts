import type { Clock, Courier, Journal } from '@duka/simulator-kit'
import { makeToken } from './ids'
import type { LedgerEntry, MoneyKind } from './ledger'
import type { Charge, Kind, ObjectOf, StripeEvent, StripeObject, Subject } from './objects'
import { apply, type Change, type Due, type SavedAnswer, type State } from './state'
import { type FaultName, type Switches, strikes } from './switches'

/** Who the simulator is for: one Stripe account in test mode with one webhook endpoint. */
export type Account = {
  secretKey: string
  publishableKey: string
  webhookUrl: string
  /** The first signs alone, or with the ones after it while a secret is being replaced. */
  webhookSecrets: string[]
  /** What webhooks are written in, whatever version a request asks for. */
  apiVersion: string
}

/** What every part of the simulator works on. */
export type Simulator = {
  account: Account
  /** Where browsers find the simulator's page. */
  origin: string
  clock: Clock
  switches: Switches
  initialSwitches: Switches
  state: State
  journal: Journal<Change>
  courier: Courier
  /** What the next intents do by themselves, asked for through the control API. */
  scripts: string[][]
  timers: Map<string, () => void>
  /** Idempotency keys of requests that are not answered yet. */
  inFlight: Set<string>
  counters: Map<string, number>
  throttle: { requests: number; second: number; inSecond: number }
  log: (line: string) => void
}

/** What one request or step is about to change. It is written from beginning to end without waiting, so none overlaps another. */
export type Draft = {
  sim: Simulator
  at: number
  request: StripeEvent['request']
  sequence: number
  objects: StripeObject[]
  entries: LedgerEntry[]
  due: { id: string; due: Due | null }[]
}

export function openDraft(
  sim: Simulator,
  request: StripeEvent['request'] = { id: null, idempotency_key: null },
): Draft {
  return { sim, at: sim.clock.now(), request, sequence: sim.state.sequence, objects: [], entries: [], due: [] }
}

/** Written down first: what cannot be journalled has not happened. Gives the events to tell. */
export function commit(draft: Draft, saved?: SavedAnswer): StripeEvent[] {
  const { sim, sequence, objects, entries, due } = draft
  if (objects.length + entries.length + due.length > 0 || saved) {
    commitChange(sim, { sequence, objects, entries, due, ...(saved && { saved }) })
  }
  return objects.filter((object) => object.object === 'event')
}

export function commitChange(sim: Simulator, change: Change): void {
  sim.journal.append(change)
  apply(sim.state, change)
}

/** The prefix and 24 characters that depend on seed, time and order only: a restart without a journal repeats none. */
export function makeId(draft: Draft, prefix: string): string {
  draft.sequence += 1
  return `${prefix}_${makeToken(24, draft.sim.switches.seed, prefix, draft.at, draft.sequence)}`
}

/** Puts the object into the draft, in place of an earlier state of it. */
export function put<Changed extends StripeObject>(draft: Draft, object: Changed): Changed {
  draft.objects = draft.objects.filter(({ id }) => id !== object.id)
  draft.objects.push(object)
  return object
}

/** Adds an event about the object as it stands now. */
export function emit(draft: Draft, type: string, object: Subject, previous?: Record<string, unknown>): void {
  const { sim, request } = draft
  const id = makeId(draft, 'evt')
  const data = previous ? { object, previous_attributes: previous } : { object }
  const event: StripeEvent = {
    id,
    object: 'event',
    api_version: sim.account.apiVersion,
    created: seconds(draft),
    data,
    livemode: false,
    pending_webhooks: 1,
    request,
    type,
  }
  put(draft, event)
  count(sim, `event.${type}`)
  // Stripe may tell of one fact by two events.
  if (strikes(sim.switches, 'twin', draft.sequence)) {
    count(sim, 'fault.twin')
    put(draft, { ...event, id: makeId(draft, 'evt') })
  }
}

/** Books what a charge, or what happened to it, has moved. */
export function moveMoney(draft: Draft, kind: MoneyKind, id: string, amount: number, charge: Charge): void {
  const { id: chargeId, currency, payment_intent: paymentIntent, metadata } = charge
  draft.entries.push({ kind, id, at: draft.at, amount, currency, paymentIntent, charge: chargeId, metadata })
}

export const seconds = ({ at }: Draft): number => Math.floor(at / 1000)

/** What happens to the object next by itself, in place of anything planned earlier. */
export function plan(draft: Draft, id: string, steps: string[], afterMs: number): void {
  draft.due.push({ id, due: steps.length > 0 ? { at: draft.at + afterMs, steps } : null })
}

export function find<K extends Kind>(sim: Simulator, kind: K, id: string): ObjectOf<K> | undefined {
  return sim.state.tables[kind].get(id)
}

export function count(sim: Simulator, name: string): void {
  sim.counters.set(name, (sim.counters.get(name) ?? 0) + 1)
}

/** Draws whether a fault strikes here, and counts it if so. */
export function drawFault(sim: Simulator, fault: FaultName, sequence: number, about = ''): boolean {
  const hit = strikes(sim.switches, fault, sequence, about)
  if (hit) count(sim, `fault.${fault}`)
  return hit
}
