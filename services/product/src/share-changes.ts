import { randomUUID } from 'node:crypto'
import { errorFields, gauge, type Log } from '@duka/kit'
import { redisOptions } from '@duka/kit/redis-options'
import { z } from 'zod'
import type { Answers, Change } from './keep-answers'

const channel = 'duka:products:changed'
const maxQueued = 1_000
/** Changes within so many milliseconds are told together. */
const gatherMs = 20
/** More at once are told as a change of everything. */
const maxGathered = 1_000

const message = z.object({ from: z.string(), change: z.union([z.literal('all'), z.array(z.string())]) })

/**
 * Tells the other instances what this one changed, and hears it from them, through Redis. It connects in the
 * background, again and again. What is lost meanwhile shows when answers have been kept for their time.
 */
export async function shareChanges(url: string, answers: Answers, log: Log): Promise<() => Promise<void>> {
  // Loaded only where it is wanted.
  const { createClient } = await import('@redis/client')
  const self = randomUUID()
  const publisher = createClient(redisOptions(url, maxQueued))
  const subscriber = publisher.duplicate()
  gauge({
    name: 'shared_store_up',
    help: 'Whether Redis answers, where one is set.',
    labels: [],
    read: () => [[publisher.isReady && subscriber.isReady ? 1 : 0]],
  })
  const gathered = new Set<string>()
  let isAll = false
  let timer: NodeJS.Timeout | undefined

  function tell(): void {
    const change: Change = isAll || gathered.size > maxGathered ? 'all' : [...gathered]
    gathered.clear()
    isAll = false
    timer = undefined
    if (publisher.isReady) publisher.publish(channel, JSON.stringify({ from: self, change })).catch(ignore)
  }

  function hear(text: string): void {
    const { data } = message.safeParse(parse(text))
    if (data && data.from !== self) answers.hear(data.change)
  }

  answers.onForget = (change) => {
    if (change === 'all') isAll = true
    else for (const tag of change) gathered.add(tag)
    timer ??= setTimeout(tell, gatherMs)
  }

  for (const client of [publisher, subscriber]) tellOfState(client, log)
  // What the others told while nobody listened here is not known.
  subscriber.on('ready', () => answers.hear('all'))
  publisher.connect().catch(ignore)
  subscriber
    .connect()
    .then(() => subscriber.subscribe(channel, hear))
    .then(() => answers.hear('all'))
    .catch(ignore)

  return async () => {
    clearTimeout(timer)
    publisher.destroy()
    subscriber.destroy()
  }
}

/** The client tells of each failure by its event, and tries again. */
function ignore(): void {}

interface Told {
  on(event: 'ready', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** One line when the connection comes, and one when it goes. */
function tellOfState(client: Told, log: Log): void {
  let isThere: boolean | undefined
  client.on('ready', () => {
    isThere = true
    log.info('changes_shared')
  })
  client.on('error', (error) => {
    if (isThere !== false) log.warn('changes_not_shared', { error: errorFields(error).error })
    isThere = false
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
