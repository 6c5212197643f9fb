import { defaultStackParser, type ErrorEvent, LightNodeClient, makeNodeTransport, Scope } from '@sentry/node-core/light'
import type { Log } from './log'
import { redact } from './redact'
import type { ErrorFacts, ErrorReporter } from './report-errors'

export interface SentryOptions {
  service: string
  version: string
  dsn: string
  environment?: string | undefined
  log: Log
}

/** One cause may fail every request: the first ones tell it all. */
const maxPerMinute = 30
const minuteMs = 60_000
const closeTimeoutMs = 2_000
const maxMessage = 1_000

/**
 * Sends errors to Sentry, or what speaks its protocol: what was thrown and where, and which request it was, but nothing of
 * what the request said. Where Sentry is down they are lost, and nothing else.
 */
export function createSentryReporter({
  service,
  version,
  dsn,
  environment = 'production',
}: SentryOptions): ErrorReporter {
  const client = new LightNodeClient({
    dsn,
    environment,
    release: `duka@${version}`,
    transport: makeNodeTransport,
    stackParser: defaultStackParser,
    // Nothing is looked at or hooked into by itself: requests, breadcrumbs, local variables, source lines.
    integrations: [],
    sendDefaultPii: false,
    sendClientReports: false,
    includeServerName: false,
    maxValueLength: maxMessage,
    beforeSend: scrub,
  })
  client.init()
  const mayReport = atMost(maxPerMinute, minuteMs)
  return {
    report(error, facts) {
      if (mayReport()) client.captureException(error, {}, scopeOf(service, facts))
    },
    async close() {
      await client.close(closeTimeoutMs)
    },
  }
}

function scopeOf(service: string, { traceId, ...facts }: ErrorFacts): Scope {
  const scope = new Scope()
  scope.setTags({ service, traceId, ...facts })
  if (traceId) scope.setPropagationContext({ traceId, sampleRand: 0 })
  return scope
}

/** What is thrown may have a secret in its message, and what is not an error comes with all that it holds. */
function scrub(event: ErrorEvent): ErrorEvent {
  const { exception, tags } = event
  const values = exception?.values?.map(({ type, value, stacktrace, mechanism }) => ({
    ...(type === undefined ? {} : { type }),
    ...(value === undefined ? {} : { value: String(redact(value)) }),
    ...(stacktrace ? { stacktrace } : {}),
    ...(mechanism ? { mechanism } : {}),
  }))
  delete event.extra
  delete event.request
  delete event.user
  delete event.breadcrumbs
  return {
    ...event,
    ...(values ? { exception: { values } } : {}),
    ...(tags ? { tags: redact(tags) as typeof tags } : {}),
  }
}

function atMost(count: number, ms: number): () => boolean {
  let left = count
  let since = performance.now()
  return () => {
    if (performance.now() - since >= ms) {
      left = count
      since = performance.now()
    }
    return left-- > 0
  }
}
