import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { commonSettings } from './config'
import { errorFields, type Log } from './log'
import { reporting } from './report-errors'
import { tracing } from './tracer'

const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG, SENTRY_DSN, SENTRY_ENVIRONMENT } =
  commonSettings

const settings = z.object({
  OTEL_EXPORTER_OTLP_ENDPOINT,
  OTEL_TRACES_SAMPLER,
  OTEL_TRACES_SAMPLER_ARG,
  SENTRY_DSN,
  SENTRY_ENVIRONMENT,
})

/**
 * Begins to tell others of requests and errors, where the settings name somebody to tell. What that takes is large, and
 * loaded only then. Gives what ends it.
 */
export async function observe(
  service: string,
  log: Log,
  env: NodeJS.ProcessEnv = process.env,
): Promise<() => Promise<void>> {
  const given = settings.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')))
  // A wrong one is listed by the service itself, with whatever else is wrong.
  if (!given.success) return async () => {}
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, SENTRY_DSN: dsn } = given.data
  const told = { service, version: ownVersion(), log }
  if (endpoint) {
    const { createOtlpTracer } = await import('@duka/kit/otlp-tracer')
    const { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio } = given.data
    tracing.tracer = createOtlpTracer({ ...told, endpoint, sampler, ratio })
  }
  if (dsn) {
    const { createSentryReporter } = await import('@duka/kit/sentry-reporter')
    reporting.reporter = createSentryReporter({ ...told, dsn, environment: given.data.SENTRY_ENVIRONMENT })
  }
  return async () => {
    const ending = [tracing.tracer?.close(), reporting.reporter?.close()]
    tracing.tracer = undefined
    reporting.reporter = undefined
    const ends = await Promise.allSettled(ending)
    for (const end of ends) if (end.status === 'rejected') log.warn('close_failed', errorFields(end.reason))
  }
}

/** All parts of the shop have one version. */
function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as { version: string }
  return version
}
