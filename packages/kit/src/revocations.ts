import { Problem } from './errors'
import { errorFields, type Log } from './log'
import { type User, userTokenSeconds } from './user-tokens'

type Revocation = { sessionId: string } | { userId: string; version: number }

interface Page {
  revocations: readonly Revocation[]
  /** What to ask with next time. */
  next: string
  more: boolean
}

export interface RevocationOptions {
  fetchPage: (since: string | undefined) => Promise<Page>
  log: Log
  /** Milliseconds of a clock that nobody can set. */
  now?: () => number
}

/** What is known of tokens that ended before their time. */
export interface Revocations {
  isRevoked(user: User): boolean
  /** Makes sure that what is known is not older than a minute. Throws a 503 Problem where it cannot. */
  requireFresh(): Promise<void>
  /** Asks now. Rejects where there is no answer. */
  refresh(): Promise<void>
  /** Asks at once and then again and again, without keeping the process alive. */
  start(): void
  stop(): void
}

const pollMs = 10_000
/** Instances that started together do not ask together for long. */
const jitterMs = 2_000
const retryMs = 2_000
/** Services start together, and auth is not the first to listen. */
const firstRetryMs = 200
const silentMs = 60_000
/** Auth looks back by a minute more than a token lives; so does this. */
const keptMs = (userTokenSeconds + 60) * 1000
/** Some ten megabytes. */
const maxKept = 100_000
const maxPages = 200

export function createRevocations({ fetchPage, log, now = () => performance.now() }: RevocationOptions): Revocations {
  const kept = new Map<string, { version: number; until: number }>()
  const startedAt = now()
  let heardAt = Number.NEGATIVE_INFINITY
  let triedAt = Number.NEGATIVE_INFINITY
  let overflowUntil = Number.NEGATIVE_INFINITY
  let since: string | undefined
  let pending: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let isSilent = false

  const retryAfterMs = () => (heardAt === Number.NEGATIVE_INFINITY ? firstRetryMs : retryMs)
  const isFresh = () => now() - heardAt <= silentMs && now() > overflowUntil

  function remember(id: string, version: number): void {
    const known = kept.get(id)
    if (!known && kept.size >= maxKept) {
      if (now() > overflowUntil) log.error('revocations_overflow', { kept: kept.size })
      overflowUntil = now() + keptMs
      return
    }
    // Taken out first, so that the map stays in the order of time.
    kept.delete(id)
    kept.set(id, { version: Math.max(version, known?.version ?? 0), until: now() + keptMs })
  }

  function forgetExpired(): void {
    for (const [id, { until }] of kept) {
      if (until > now()) return
      kept.delete(id)
    }
  }

  async function readAll(): Promise<void> {
    const askedAt = now()
    triedAt = askedAt
    forgetExpired()
    for (let page = 0; page < maxPages; page += 1) {
      const { revocations, next, more } = await fetchPage(since)
      for (const each of revocations) {
        if ('sessionId' in each) remember(each.sessionId, 0)
        else remember(each.userId, each.version)
      }
      since = next
      if (more) continue
      heardAt = askedAt
      tellOf(false)
      return
    }
  }

  function tellOf(silent: boolean, error?: unknown): void {
    if (silent === isSilent) return
    isSilent = silent
    if (silent) log.warn('revocations_silent', errorFields(error))
    else log.info('revocations_heard')
  }

  function refresh(): Promise<void> {
    pending ??= readAll()
      .catch((error) => {
        // Asking for all of it again loses nothing.
        since = undefined
        if (now() - Math.max(heardAt, startedAt) > silentMs) tellOf(true, error)
        throw error
      })
      .finally(() => {
        pending = undefined
      })
    return pending
  }

  async function pollOnAndOn(): Promise<void> {
    const pause = await refresh().then(
      () => pollMs + (Math.random() * 2 - 1) * jitterMs,
      () => retryAfterMs() * (0.5 + Math.random()),
    )
    if (timer) timer = setTimeout(pollOnAndOn, pause).unref()
  }

  return {
    isRevoked: ({ id, sessionId, version }) => kept.has(sessionId) || (kept.get(id)?.version ?? 0) > version,
    async requireFresh() {
      if (isFresh()) return
      if (pending || now() - triedAt > retryAfterMs()) await refresh().catch(() => undefined)
      if (!isFresh()) throw identityUnavailable()
    },
    refresh,
    start() {
      timer ??= setTimeout(pollOnAndOn, 0).unref()
    },
    stop() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}

function identityUnavailable(): Problem {
  const detail = 'Whether your account may still do this cannot be found out at the moment. Please try again shortly.'
  return new Problem(503, 'identity_unavailable', detail, { headers: { 'Retry-After': '5' } })
}
