import { redisOptions } from '@duka/kit/redis-options'

const usualTimeoutMs = 250
const maxQueued = 10_000

export const gatewayRedisOptions = (url: string) => redisOptions(url, maxQueued)

/** What Redis answers. Rejects where it takes too long. */
export function inTime<T>(work: Promise<T>, timeoutMs = usualTimeoutMs): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
