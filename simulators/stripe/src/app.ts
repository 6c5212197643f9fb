import { join } from 'node:path'
import {
  type Clock,
  createCourier,
  createPoster,
  noJournal,
  openJournal,
  type Poster,
  servePage,
  systemClock,
} from '@duka/simulator-kit'
import express from 'express'
import { type Control, createControl } from './control'
import { createControlApi } from './control-api'
import { halt, resume } from './lifecycle'
import type { Account, Simulator } from './simulator'
import { createState, type Limits, toStore } from './state'
import { createStripeApi } from './stripe-api'
import { changeSwitches, defaultSwitches } from './switches'

export type StripeSimulatorOptions = Omit<Account, 'apiVersion'> & {
  apiVersion?: string
  /** Where browsers find the simulator, for the page that stands in for the bank's. */
  origin?: string
  clock?: Clock
  /** A file in which everything survives a restart; without one it is kept in memory only. */
  journal?: string
  /** What differs from the switches' defaults, as POST /control/faults takes it. */
  switches?: unknown
  webhookTimeoutMs?: number
  limits?: Limits
  log?: (line: string) => void
}

export type StripeSimulator = {
  app: express.Express
  control: Control
  /** Stops what would still happen and webhooks; close the HTTP server first. */
  close(): void
}

/** The version that stripe 23.1.0 is written for. */
export const defaultApiVersion = '2026-10-28.endive'

/** How much is remembered: objects of each kind, events, entries that the ledger lists one by one, idempotency keys. */
export const defaultLimits: Limits = { objects: 20_000, events: 60_000, ledger: 200_000, keys: 50_000 }

/** A stand-in for Stripe, its customers' cards and banks included. Listens nowhere by itself. */
export function createStripeSimulator(options: StripeSimulatorOptions): StripeSimulator {
  const poster = createPoster()
  const sim = createSimulator(options, poster)
  const control = createControl(sim)
  resume(sim)

  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.set('query parser', 'extended')
  app.get('/health', (_request, response) => void response.json({ status: 'ok', service: 'stripe-simulator' }))
  app.use('/cards', servePage(join(__dirname, '..', 'public')))
  app.use('/control', createControlApi(control))
  app.use(createStripeApi(sim))
  return {
    app,
    control,
    close() {
      halt(sim)
      poster.close()
      sim.journal.close()
    },
  }
}

function createSimulator(options: StripeSimulatorOptions, poster: Poster): Simulator {
  const { secretKey, publishableKey, webhookUrl, webhookSecrets, apiVersion = defaultApiVersion } = options
  const { clock = systemClock, webhookTimeoutMs = 10_000, log = () => {} } = options
  const switches = changeSwitches(defaultSwitches, options.switches ?? {})
  const state = createState(options.limits ?? defaultLimits)
  return {
    account: { secretKey, publishableKey, webhookUrl, webhookSecrets, apiVersion },
    origin: options.origin ?? 'http://127.0.0.1:6002',
    clock,
    switches,
    initialSwitches: structuredClone(switches),
    state,
    journal: options.journal ? openJournal(options.journal, toStore(state)) : noJournal,
    courier: createCourier({
      clock,
      poster,
      timeoutMs: webhookTimeoutMs,
      onFailure: (url, reason) => log(`Webhook to ${new URL(url).origin} not taken: ${reason}`),
    }),
    scripts: [],
    timers: new Map(),
    inFlight: new Set(),
    counters: new Map(),
    throttle: { requests: 0, second: 0, inSecond: 0 },
    log,
  }
}
