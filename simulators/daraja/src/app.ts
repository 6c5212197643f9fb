import { join } from 'node:path'
import {
  type Clock,
  createCourier,
  createPoster,
  noJournal,
  openJournal,
  servePage,
  systemClock,
} from '@duka/simulator-kit'
import express from 'express'
import { type Control, createControl } from './control'
import { createControlApi } from './control-api'
import { createDarajaApi } from './daraja-api'
import { halt, resume } from './lifecycle'
import type { Merchant, Simulator } from './simulator'
import { createState, type State, toStore } from './state'
import { changeSwitches, defaultSwitches } from './switches'

export type DarajaSimulatorOptions = Merchant & {
  clock?: Clock
  /** A file in which everything survives a restart; without one it is kept in memory only. */
  journal?: string
  /** Also the rules against repeats, odd references and clocks that are off. */
  strict?: boolean
  /** What differs from the switches' defaults, as POST /control/faults takes it. */
  switches?: unknown
  callbackTimeoutMs?: number
  limits?: State['limits']
  log?: (line: string) => void
}

export type DarajaSimulator = {
  app: express.Express
  control: Control
  /** Stops prompts and callbacks; close the HTTP server first. */
  close(): void
}

/** How much is remembered: settled pushes, and entries that the ledger lists one by one. */
export const defaultLimits = { transactions: 20_000, ledger: 200_000 }

/** A stand-in for Safaricom's Daraja, its customers' phones included. Listens nowhere by itself. */
export function createDarajaSimulator(options: DarajaSimulatorOptions): DarajaSimulator {
  const poster = createPoster()
  const sim = createSimulator(options, poster)
  const control = createControl(sim)
  resume(sim)

  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.get('/health', (_request, response) => void response.json({ status: 'ok', service: 'daraja-simulator' }))
  app.use('/phone', servePage(join(__dirname, '..', 'public')))
  app.use('/control', createControlApi(control))
  app.use(createDarajaApi(sim))
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

function createSimulator(options: DarajaSimulatorOptions, poster: ReturnType<typeof createPoster>): Simulator {
  const { name, consumerKey, consumerSecret, shortcode, passkey, till, b2cShortcode, initiator } = options
  const { clock = systemClock, callbackTimeoutMs = 10_000, log = () => {} } = options
  const switches = changeSwitches(defaultSwitches(options.strict ?? false), options.switches ?? {})
  const state = createState(options.limits ?? defaultLimits)
  const sim: Simulator = {
    merchant: { name, consumerKey, consumerSecret, shortcode, passkey, till, b2cShortcode, initiator },
    clock,
    switches,
    initialSwitches: structuredClone(switches),
    state,
    journal: options.journal ? openJournal(options.journal, toStore(state)) : noJournal,
    courier: createCourier({
      clock,
      poster,
      timeoutMs: callbackTimeoutMs,
      // The path is left out: it holds the shop's secret.
      onFailure: (url, reason) => log(`Callback to ${new URL(url).origin} not taken: ${reason}`),
    }),
    scripts: new Map(),
    timers: new Map(),
    counters: new Map(),
    throttle: { calls: 0, second: 0, inSecond: 0, day: 0, inDay: 0 },
    log,
  }
  return sim
}
