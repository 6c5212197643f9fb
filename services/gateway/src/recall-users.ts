import { LRUCache } from 'lru-cache'

/** Knows of each user as of when they have seen the shop: what they read next must not be older. */
export interface Recall {
  /** How many milliseconds ago that was; infinity where it is longer ago than matters. */
  ageOf(userId: string): number | Promise<number>
  /** They wrote or saw something that was true `ageMs` ago. What is returned is done before they hear of it. */
  note(userId: string, ageMs: number): void | Promise<void>
}

/** Some seven megabytes, where so many are signed in at once. */
const maxUsers = 50_000

/** Of users who come to this gateway only. `now` is a clock that nobody can set. */
export function recallHere(now: () => number = () => performance.now()): Recall {
  /** Who is not known, whether since the start or because there are too many, may have seen what was then. */
  let forgottenAt = now()
  const seenAt = new LRUCache<string, number>({
    max: maxUsers,
    dispose: (at, _user, reason) => {
      if (reason === 'evict') forgottenAt = Math.max(forgottenAt, at)
    },
  })
  return {
    ageOf: (userId) => now() - (seenAt.peek(userId) ?? forgottenAt),
    note(userId, ageMs) {
      seenAt.set(userId, Math.max(seenAt.peek(userId) ?? Number.NEGATIVE_INFINITY, now() - ageMs))
    },
  }
}
