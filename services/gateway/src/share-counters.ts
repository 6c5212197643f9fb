import { errorFields, type Log } from '@duka/kit/log'
import { gauge } from '@duka/kit/metrics'
import { MemoryStore, type Options, type Store } from 'express-rate-limit'
import type { RedisReply } from 'rate-limit-redis'
import { gatewayRedisOptions, inTime } from './use-redis'

/** Where the limits of several gateways are counted together. */
export interface SharedCounters {
  /** A store for the limit of this name. It counts in this process's memory for as long as Redis does not answer. */
  storeFor(name: string): Store
  close(): Promise<void>
}

/** A Redis that did not answer in time is let alone for so long. */
const pauseMs = 1_000

/** Connects in the background, again and again: the gateway starts and serves whether Redis is there or not. */
export async function shareCounters(url: string, log: Log, answerTimeoutMs?: number): Promise<SharedCounters> {
  // Loaded only where they are wanted.
  const [{ createClient }, { RedisStore }] = await Promise.all([import('@redis/client'), import('rate-limit-redis')])
  const client = createClient(gatewayRedisOptions(url))
  let isShared: boolean | undefined
  let pausedUntil = 0
  /** Counts connections. Each takes new stores: the library's stay broken once their first command failed. */
  let connection = 0

  gauge({
    name: 'shared_store_up',
    help: 'Whether Redis answers, where one is set.',
    labels: [],
    read: () => [[isShared ? 1 : 0]],
  })

  function tellOf(shared: boolean, error?: unknown): void {
    if (shared === isShared) return
    isShared = shared
    if (shared) log.info('limits_shared')
    else log.warn('limits_in_memory', { error: errorFields(error).error })
  }

  client.on('ready', () => {
    connection++
    pausedUntil = 0
    tellOf(true)
  })
  client.on('error', (error) => tellOf(false, error))
  client.connect().catch((error) => tellOf(false, error))

  function storeFor(name: string): Store {
    const memory = new MemoryStore()
    let options: Options
    let shared: { connection: number; store: Promise<Store> } | undefined

    async function create(): Promise<Store> {
      const sendCommand = (...command: string[]) => client.sendCommand(command) as Promise<RedisReply>
      const store = new RedisStore({ prefix: `duka:limit:${name}:`, sendCommand })
      await store.init(options)
      return store
    }

    async function use<T>(act: (store: Store) => T | Promise<T>): Promise<T> {
      if (!client.isReady || performance.now() < pausedUntil) return act(memory)
      if (shared?.connection !== connection) shared = { connection, store: create() }
      try {
        const answer = await inTime(shared.store.then(act), answerTimeoutMs)
        tellOf(true)
        return answer
      } catch (error) {
        shared = undefined
        pausedUntil = performance.now() + pauseMs
        tellOf(false, error)
        return act(memory)
      }
    }

    return {
      init(given) {
        options = given
        memory.init(given)
      },
      increment: (key) => use((store) => store.increment(key)),
      decrement: (key) => use((store) => store.decrement(key)),
      resetKey: (key) => use((store) => store.resetKey(key)),
    }
  }

  return { storeFor, close: async () => client.destroy() }
}
