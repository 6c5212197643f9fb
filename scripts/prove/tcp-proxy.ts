import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * What a connection may suffer for a while: `refused` lets none come about, `stalled` holds every byte back, `slow` lets
 * them trickle, and `muted` takes what is asked and loses what is answered.
 */
export type Trouble = 'refused' | 'stalled' | 'slow' | 'muted'

export interface TcpProxy {
  port: number
  /** Breaks every connection that there is; new ones may come. */
  cut(): void
  /** Lets connections suffer for so long. Of two troubles at once the later one counts. */
  trouble(kind: Trouble, forMs: number): Promise<void>
  /** Ends whatever trouble there is. */
  heal(): Promise<void>
  close(): Promise<void>
}

const host = '127.0.0.1'
/** Each piece waits for as long as it happens to, so that calls overtake each other. */
const slowestMs = 300
const pollMs = 20

/** Stands between a client and a server on this machine, and troubles them when it is told to. */
export async function startTcpProxy(port: number, targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  let trouble: { kind: Trouble; until: number; end: AbortController } | undefined
  const current = () => (trouble && Date.now() < trouble.until ? trouble.kind : undefined)

  /** Resolves when a piece may go on; false where it is lost. */
  async function pass(pair: Pair, isAnswer: boolean): Promise<boolean> {
    if (current() === 'slow') await delay(Math.random() * slowestMs)
    while (current() === 'stalled') await delay(pollMs)
    if (isAnswer && current() === 'muted') pair.isMute = true
    return !(isAnswer && pair.isMute)
  }

  function forward(pair: Pair, from: Socket, to: Socket, isAnswer: boolean): void {
    from.on('data', async (piece) => {
      if (current() || pair.isMute) {
        from.pause()
        if (await pass(pair, isAnswer)) to.write(piece)
        from.resume()
      } else if (!to.write(piece)) {
        from.pause()
        to.once('drain', () => from.resume())
      }
    })
    from.on('end', () => to.end())
    // What breaks on one side breaks on the other; what ended well may still have bytes on their way.
    from.on('error', () => breakOff(to))
    from.on('close', (hadError) => hadError || to.destroySoon())
  }

  function cut(only: (pair: Pair) => boolean = () => true): void {
    for (const pair of pairs) {
      if (!only(pair)) continue
      breakOff(pair.client)
      breakOff(pair.target)
    }
  }

  function endTrouble(): void {
    trouble?.end.abort()
    trouble = undefined
  }

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const pair = {
      client,
      target: connect({ host, port: targetPort, noDelay: true, allowHalfOpen: true }),
      isMute: false,
    }
    client.setNoDelay(true)
    pairs.add(pair)
    const forget = () => void (client.destroyed && pair.target.destroyed && pairs.delete(pair))
    client.once('close', forget)
    pair.target.once('close', forget)
    forward(pair, client, pair.target, false)
    forward(pair, pair.target, client, true)
  })
  await listen(server, port)

  async function heal(): Promise<void> {
    endTrouble()
    // A stream that has lost a piece can never go on.
    cut(({ isMute }) => isMute)
    if (!server.listening) await listen(server, port)
  }

  return {
    port,
    cut: () => cut(),
    heal,
    async trouble(kind, forMs) {
      const mine = { kind, until: Date.now() + forMs, end: new AbortController() }
      trouble?.end.abort()
      trouble = mine
      if (kind === 'refused') {
        server.close()
        cut()
      }
      await delay(forMs, undefined, { signal: mine.end.signal }).catch(() => {})
      if (trouble === mine) await heal()
    },
    async close() {
      endTrouble()
      cut()
      if (server.listening) await new Promise((closed) => server.close(closed))
    },
  }
}

interface Pair {
  client: Socket
  target: Socket
  /** An answer was lost on it, so nothing more of them may get through. */
  isMute: boolean
}

/** As a crash does. A socket that is ending cannot be reset: Node 20 would neither close it nor ever exit. */
function breakOff(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, host)
  await once(server, 'listening')
}
