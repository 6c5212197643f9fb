import { createLog, type Log, listen } from '@duka/kit'
import { exposeMetrics } from '@duka/kit/expose-metrics'
import express, { type Express } from 'express'
import { exitCodes, OperatorError } from '../operator-error'
import { exposeAudit, type LastAudit } from './audit-metrics'
import type { Books } from './books'
import { keepAuditing } from './keep-auditing'

export interface AuditorOptions {
  openBooks: () => Promise<Books>
  everyMs: number
  /** Where /metrics and /health are served; nowhere without a port. */
  metrics: { host: string; port: number } | undefined
  level: string
}

const pauseMs = 20_000
const units = { s: 1_000, m: 60_000, h: 3_600_000 } as const
const [leastMs, mostMs] = [10_000, 24 * units.h]

/** Runs on until a signal, and lets Prometheus see what the audits found. */
export async function runAuditor({ openBooks, everyMs, metrics, level }: AuditorOptions): Promise<void> {
  const log = createLog('auditor', level)
  const last: LastAudit = {}
  exposeAudit(last)
  if (metrics) await serve(metrics)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop(log))
  log.info('ready', { every: `${everyMs / 1000} s` })
  await keepAuditing({ openBooks, everyMs, pauseMs, last, log })
}

// It only reads, so there is nothing to lay down.
function stop(log: Log): never {
  log.info('stopped')
  process.exit(0)
}

async function serve({ host, port }: { host: string; port: number }) {
  return listen(createAuditorApp(), port, host).catch((error: NodeJS.ErrnoException) => {
    throw new OperatorError(`--metrics-port ${port} cannot be used on ${host} (${error.code}): name another.`)
  })
}

/** It is healthy while it runs: what it finds is for alerts, not for restarts. */
export function createAuditorApp(): Express {
  const app = express()
  app.disable('x-powered-by')
  app.get('/health', (_request, response) => void response.json({ status: 'ok' }))
  app.get('/metrics', exposeMetrics('auditor'))
  return app
}

/** Milliseconds of a time such as 90s, 15m or 1h. */
export function readInterval(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smh])$/.exec(text) ?? []
  const ms = Number(count) * units[unit as keyof typeof units]
  if (ms >= leastMs && ms <= mostMs) return ms
  throw new OperatorError(`--every takes a time from 10s to 24h, such as 15m, not "${text}".`, exitCodes.wrongSetting)
}

export function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535) return Number(text)
  throw new OperatorError(`--metrics-port takes 1 to 65535, not "${text}".`, exitCodes.wrongSetting)
}
