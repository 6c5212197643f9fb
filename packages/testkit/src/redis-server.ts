import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { eventually } from './wait'

export interface RedisServer {
  /** Takes connections and answers nothing. */
  freeze(): void
  stop(): Promise<void>
}

/** The real thing where this machine has it; otherwise a stand-in that knows the few commands that are sent here. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0

export const startRedis: (port: number) => Promise<RedisServer> = hasRedis ? startReal : startStandIn

/** A port that nobody listens on. */
export async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function startReal(port: number): Promise<RedisServer> {
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let output = ''
  child.stdout.on('data', (text) => {
    output += text
  })
  await eventually('a Redis that takes connections', async () => output.includes('Ready to accept connections'))
  return {
    freeze: () => void child.kill('SIGSTOP'),
    async stop() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function startStandIn(port: number): Promise<RedisServer> {
  const counts = new Map<string, { hits: number; until: number }>()
  const scripts = new Map<string, string>()
  const ends = new Map<string, number>()
  const sockets = new Set<Socket>()
  const subscribers = new Map<string, Set<Socket>>()
  let isFrozen = false

  function publish(channel: string, message: string): string {
    const heard = subscribers.get(channel) ?? new Set()
    for (const each of heard) each.write(push('message', channel, message))
    return `:${heard.size}\r\n`
  }

  function subscribe(channel: string, socket: Socket): string {
    subscribers.set(channel, (subscribers.get(channel) ?? new Set()).add(socket))
    return push('subscribe', channel, 1)
  }

  function increment(key: string, windowMs: number): string {
    const now = Date.now()
    const known = counts.get(key)
    const count = known && known.until > now ? known : { hits: 0, until: now + windowMs }
    counts.set(key, { ...count, hits: count.hits + 1 })
    return `*2\r\n:${count.hits + 1}\r\n:${count.until - now}\r\n`
  }

  const leftOf = (key: string) => Math.max(0, (ends.get(key) ?? 0) - Date.now())

  /** SET key value PX milliseconds NX, which is the only one that is sent. */
  function setNew([key = '', , ...options]: string[]): string {
    if (leftOf(key) > 0) return '_\r\n'
    ends.set(key, Date.now() + Number(options.find((option) => /^\d+$/.test(option))))
    return '+OK\r\n'
  }

  function prolong([key = '', ms]: string[]): string {
    const isLater = leftOf(key) > 0 && Number(ms) > leftOf(key)
    if (isLater) ends.set(key, Date.now() + Number(ms))
    return `:${Number(isLater)}\r\n`
  }

  function answer([command = '', ...args]: string[], socket: Socket): string {
    const [first = '', second = ''] = args
    if (/^publish$/i.test(command)) return publish(first, second)
    if (/^subscribe$/i.test(command)) return subscribe(first, socket)
    if (/^hello$/i.test(command)) return '%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n'
    if (/^set$/i.test(command)) return setNew([first, second, ...args.slice(2)])
    if (/^pexpire$/i.test(command)) return prolong(args)
    if (/^pttl$/i.test(command)) return `:${leftOf(first) || -2}\r\n`
    if (/^ping$/i.test(command)) return '+PONG\r\n'
    if (/^script$/i.test(command)) {
      const sha = createHash('sha1').update(second).digest('hex')
      scripts.set(sha, second)
      return `$40\r\n${sha}\r\n`
    }
    if (/^evalsha$/i.test(command)) {
      if (!scripts.get(first)?.includes('INCR')) return '-NOSCRIPT No matching script.\r\n'
      return increment(args[2] ?? '', Number(args[3]))
    }
    if (/^decr$/i.test(command)) {
      const count = counts.get(first) ?? { hits: 0, until: Number.POSITIVE_INFINITY }
      counts.set(first, { ...count, hits: count.hits - 1 })
      return `:${count.hits - 1}\r\n`
    }
    return /^client$/i.test(command) ? '+OK\r\n' : `-ERR unknown command '${command}'\r\n`
  }

  function forget(socket: Socket): void {
    sockets.delete(socket)
    for (const heard of subscribers.values()) heard.delete(socket)
  }

  const server = createServer((socket) => {
    sockets.add(socket)
    let pending = ''
    socket.on('close', () => forget(socket)).on('error', () => undefined)
    socket.on('data', (bytes) => {
      if (isFrozen) return
      const { commands, rest } = readCommands(pending + bytes)
      pending = rest
      for (const command of commands) socket.write(answer(command, socket))
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    freeze() {
      isFrozen = true
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** What RESP3 sends without having been asked. */
function push(...parts: (string | number)[]): string {
  const write = (part: string | number) =>
    typeof part === 'number' ? `:${part}\r\n` : `$${Buffer.byteLength(part)}\r\n${part}\r\n`
  return `>${parts.length}\r\n${parts.map(write).join('')}`
}

/** Arrays of bulk strings, as clients send their commands. */
function readCommands(text: string): { commands: string[][]; rest: string } {
  const commands: string[][] = []
  let rest = text
  for (;;) {
    const head = /^\*(\d+)\r\n/.exec(rest)
    if (!head) return { commands, rest }
    let at = head[0].length
    const command: string[] = []
    for (let left = Number(head[1]); left > 0; left--) {
      const size = /^\$(\d+)\r\n/.exec(rest.slice(at))
      const begin = at + (size?.[0].length ?? 0)
      at = begin + Number(size?.[1]) + 2
      if (!size || at > rest.length) return { commands, rest }
      command.push(rest.slice(begin, at - 2))
    }
    commands.push(command)
    rest = rest.slice(at)
  }
}
