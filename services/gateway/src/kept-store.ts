import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import CachePolicy from 'http-cache-semantics'
import { LRUCache } from 'lru-cache'
import { ownHeaders } from './relay-answer'

/** An answer of a service that may be given to anybody for a while (RFC 9111). */
export interface Kept {
  headers: [name: string, value: string | string[]][]
  body: Buffer
  /** When it was asked for: what is in it may be as old as that. */
  startedAt: number
  /** How old it was by its own account when it came, in milliseconds. */
  ageMs: number
  lifetimeMs: number
  /** The request headers that it depends on. */
  variesBy: readonly string[]
  policy: CachePolicy
}

/** What is known of a key: an answer, or that its answers cannot be kept until then. */
type Known = Kept | { passUntil: number }

export type Found = Kept | 'pass' | 'nothing'

export interface KeptStore {
  find(key: string, headers: IncomingHttpHeaders): Found
  /** The answer, where it may be kept: its body is still to come. */
  judge(answer: IncomingMessage, headers: IncomingHttpHeaders, startedAt: number): Kept | undefined
  set(key: string, kept: Kept): void
  /** For a while, nobody waits for what somebody else gets under this key. */
  pass(key: string): void
  /** Forgets a path, with whatever query. */
  forget(path: string): void
}

const maxKept = 5_000
const maxBytes = 24_000_000
const maxBodyBytes = 524_288
const passMs = 2_000
const overheadBytes = 2_000

/** Of a request's own, what decides whether it takes a kept answer. */
const asking = ['cache-control', 'pragma']

/** Bounded in number and bytes; what was not asked for the longest goes first. */
export function createKeptStore(now: () => number): KeptStore {
  const store = new LRUCache<string, Known>({
    max: maxKept,
    maxSize: maxBytes,
    sizeCalculation: (known, key) => ('body' in known ? known.body.length : 0) + 2 * key.length + overheadBytes,
  })
  let at: number | undefined

  class Policy extends CachePolicy {
    now(): number {
      return at ?? now()
    }
  }

  /** The library takes an answer to be as old as its arrival; here it is as old as its request. */
  function policyAt(startedAt: number, headers: IncomingHttpHeaders, answer: IncomingMessage): CachePolicy {
    at = startedAt
    try {
      const { statusCode: status = 0 } = answer
      return new Policy({ method: 'GET', headers }, { status, headers: answer.headers }, { shared: true })
    } finally {
      at = undefined
    }
  }

  return {
    find(key, headers) {
      const known = store.get(key)
      if (!known) return 'nothing'
      if ('passUntil' in known) return known.passUntil > now() ? 'pass' : 'nothing'
      const isFresh = ageOf(known, now()) < known.lifetimeMs
      const request = { method: 'GET', headers: pick(headers, [...asking, ...known.variesBy]) }
      return isFresh && known.policy.satisfiesWithoutRevalidation(request) ? known : 'nothing'
    },
    judge(answer, headers, startedAt) {
      if (!isPublic(answer) || Number(answer.headers['content-length'] ?? Number.NaN) > maxBodyBytes) return undefined
      const variesBy = namesIn(answer.headers.vary)
      const policy = policyAt(startedAt, pick(headers, [...asking, ...variesBy]), answer)
      const lifetimeMs = policy.maxAge() * 1000
      if (!policy.storable() || lifetimeMs <= 0) return undefined
      const ageMs = Number(answer.headers.age ?? 0) * 1000
      return { headers: stored(answer), body: Buffer.alloc(0), startedAt, ageMs, lifetimeMs, variesBy, policy }
    },
    set: (key, kept) => void store.set(key, kept),
    pass: (key) => void store.set(key, { passUntil: now() + passMs }),
    forget(path) {
      for (const key of [...store.keys()]) if (isOfPath(key, path)) store.delete(key)
    },
  }
}

export function isOfPath(key: string, path: string): boolean {
  return key.startsWith(path) && (key.length === path.length || key[path.length] === '?')
}

/** How old an answer is, in milliseconds. */
export function ageOf({ startedAt, ageMs }: Kept, now: number): number {
  return ageMs + now - startedAt
}

/** Only what a service calls public in so many words, and whose length it tells beforehand. */
function isPublic({ statusCode, headers }: IncomingMessage): boolean {
  const isOpen = /(^|,)\s*public\s*(,|$)/i.test(headers['cache-control'] ?? '')
  return statusCode === 200 && isOpen && headers['set-cookie'] === undefined && headers['content-length'] !== undefined
}

/** What belongs to the one request that filled the cache is not kept. */
const ofOneRequest = /^(x-request-id$|ratelimit|retry-after$|age$)/

function stored(answer: IncomingMessage): Kept['headers'] {
  return ownHeaders(answer.headers).filter(([name]) => !ofOneRequest.test(name))
}

function namesIn(vary: string | undefined): string[] {
  return vary === undefined ? [] : vary.split(',').map((name) => name.trim().toLowerCase())
}

function pick(headers: IncomingHttpHeaders, names: readonly string[]): Record<string, string | string[]> {
  const picked: Record<string, string | string[]> = {}
  for (const name of names) {
    const value = headers[name]
    if (value !== undefined) picked[name] = value
  }
  return picked
}
