const connectTimeoutMs = 2_000
/** A Redis that says nothing at all for so long has its connection closed, and is connected to anew. */
const pingMs = 1_000
const silentMs = 3_000
const maxReconnectMs = 2_000

/**
 * How the shop uses Redis: nothing waits for a connection, which is sought again and again in the background. More than
 * `maxQueued` commands that wait for their answers are refused.
 */
export function redisOptions(url: string, maxQueued: number) {
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
