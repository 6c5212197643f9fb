import { errorFields, type Log } from '@duka/kit/log'
import { type Recall, recallHere } from './recall-users'
import { gatewayRedisOptions, inTime } from './use-redis'

/** A Redis that did not answer in time is let alone for so long. */
const pauseMs = 1_000

interface Timing {
  now?: () => number
  answerTimeoutMs?: number
}

/**
 * Of users who come to several gateways, through Redis: a key per user whose time to live says how long ago it was. While
 * Redis does not answer, and for as long again, they may have been anywhere: what they read must be new.
 */
export async function recallTogether(
  url: string,
  maxLagMs: number,
  log: Log,
  { now = () => performance.now(), answerTimeoutMs }: Timing = {},
) {
  // Loaded only where it is wanted.
  const { createClient } = await import('@redis/client')
  const client = createClient(gatewayRedisOptions(url))
  const here = recallHere(now)
  let missedAt = now()
  let pausedUntil = 0
  let isShared: boolean | undefined

  function tellOf(shared: boolean, error?: unknown): void {
    if (!shared) missedAt = now()
    if (shared === isShared) return
    isShared = shared
    if (shared) log.info('readers_shared')
    else log.warn('readers_not_shared', { error: errorFields(error).error })
  }

  client.on('ready', () => {
    // It may have started anew, with nothing in it.
    missedAt = now()
    pausedUntil = 0
    tellOf(true)
  })
  client.on('error', (error) => tellOf(false, error))
  client.connect().catch((error) => tellOf(false, error))

  /** Undefined where Redis does not answer. */
  async function use<T>(act: () => Promise<T>): Promise<T | undefined> {
    if (!client.isReady || now() < pausedUntil) {
      missedAt = now()
      return undefined
    }
    try {
      return await inTime(act(), answerTimeoutMs)
    } catch (error) {
      pausedUntil = now() + pauseMs
      tellOf(false, error)
      return undefined
    }
  }

  const keyOf = (userId: string) => `duka:seen:${userId}`

  const recall: Recall = {
    async ageOf(userId) {
      const left = await use(() => client.pTTL(keyOf(userId)))
      if (left === undefined) return 0
      tellOf(true)
      const elsewhere = left < 0 ? Number.POSITIVE_INFINITY : maxLagMs - left
      return Math.min(elsewhere, now() - missedAt, await here.ageOf(userId))
    },
    async note(userId, ageMs) {
      void here.note(userId, ageMs)
      const left = Math.ceil(maxLagMs - ageMs)
      if (left <= 0) return
      const key = keyOf(userId)
      const expiration = { type: 'PX', value: left } as const
      // The later of what is there already and this.
      await use(() =>
        Promise.all([client.set(key, '1', { condition: 'NX', expiration }), client.pExpire(key, left, 'GT')]),
      )
    },
  }
  return { recall, close: async () => client.destroy() }
}
