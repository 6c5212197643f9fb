const connectTimeoutMs = 2_000
const answerTimeoutMs = 250
/** A Redis that says nothing at all for so long has its connection closed, and is connected to anew. */
const pingMs = 1_000
const silentMs = 3_000
const maxReconnectMs = 2_000
const maxQueued = 10_000

/** How the gateway uses Redis: nothing waits for a connection, which is sought again and again in the background. */
export function redisOptions(url: string) {
  return {
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: maxQueued,
    pingInterval: pingMs,
    socket: {
      connectTimeout: connectTimeoutMs,
      socketTimeout: silentMs,
      reconnectStrategy: (retries: number) => Math.min(50 * 2 ** retries, maxReconnectMs),
    },
  }
}

/** What Redis answers. Rejects where it takes too long. */
export function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${answerTimeoutMs} ms`)), answerTimeoutMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
