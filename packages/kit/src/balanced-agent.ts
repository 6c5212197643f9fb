import http, { type ClientRequest } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { type Address, type BalancerEvents, createBalancer } from './balancer'

const connectTimeoutMs = 2_000
/**
 * A server that stops closes what was idle while it drained (lifecycle.ts). A request that must not be sent twice is not
 * sent into a connection that has been idle for nearly as long, and so cannot meet that end.
 */
const freshMs = 300
const repeatable = new Set(['GET', 'HEAD', 'OPTIONS'])
/** However many addresses there are, a request is not kept waiting for more than so many connections. */
const maxConnects = 3

/** No connection came about at any address: what was to be sent never was. */
export class NotConnected extends Error {
  readonly code: string

  constructor(cause: NodeJS.ErrnoException) {
    super(`no connection: ${cause.message}`, { cause })
    this.name = 'NotConnected'
    this.code = cause.code ?? 'unknown'
  }
}

/** Without an address where a request has no agent but only this one's `createConnection`. */
type Options = http.ClientRequestArgs & { address?: Address }
type Created = (error: Error | null, socket?: Socket) => void

/** What Node's agent has beyond its types. Its own documentation names `keepSocketAlive` and `createConnection`. */
type OpenAgent = Omit<http.Agent, 'createConnection' | 'requests' | 'keepSocketAlive'> & {
  addRequest(request: ClientRequest, options: Partial<Options>): void
  createConnection(options: Options, created?: Created): Socket | undefined
  keepSocketAlive(socket: Socket): boolean
  requests: Record<string, (ClientRequest & { onSocket(socket: undefined, error: Error): void })[]>
}

export interface BalancedAgentOptions extends BalancerEvents {
  /** How long a connection may be silent, within a request and between two. */
  timeoutMs: number
  /** Connections to one address at most. */
  maxSockets?: number
  /** Milliseconds that only grow. */
  now?: () => number
}

/**
 * An agent for one service at one or more addresses, of one protocol. Each request goes to the address that has the
 * least to do. Where no connection comes about within two seconds, another address is tried before anything was sent;
 * a request that was sent is never sent again here.
 */
export function createBalancedAgent(urls: readonly URL[], options: BalancedAgentOptions): http.Agent {
  const { timeoutMs, maxSockets = Number.POSITIVE_INFINITY, onOut, onBack, now = () => performance.now() } = options
  const transport = urls[0]?.protocol === 'https:' ? https : http
  const agent = new transport.Agent({ keepAlive: true, timeout: timeoutMs, maxSockets }) as unknown as OpenAgent
  const addRequest = agent.addRequest.bind(agent)
  const createConnection = agent.createConnection.bind(agent)
  const keepSocketAlive = agent.keepSocketAlive.bind(agent)
  /** Where each connection really leads, and the address under which the agent keeps it. */
  const leads = new WeakMap<Socket, { to: Address; keptUnder: Address; idleSince?: number }>()

  const balancer = createBalancer(urls, {
    onOut(address, reason) {
      dropIdle(address)
      onOut?.(address, reason)
    },
    onBack,
  })

  /** An idle connection to a server that stops would close under the next request. */
  function dropIdle(address: Address, longerThanMs = 0): void {
    const latest = now() - longerThanMs
    for (const sockets of Object.values(agent.freeSockets)) {
      for (const socket of sockets ?? []) {
        const lead = leads.get(socket)
        if (lead?.to === address && (lead.idleSince ?? 0) <= latest) socket.destroy()
      }
    }
  }

  agent.addRequest = (request, given) => {
    const address = balancer.choose()
    address.running++
    if (!repeatable.has(request.method)) dropIdle(address, freshMs)
    request.on('error', () => {
      // One connection was cut while it was idle, so the others to that server may be as well.
      if (request.reusedSocket) dropIdle(address)
    })
    request.on('close', () => {
      address.running--
      // A server that closes a connection that could go on is about to stop.
      if (!request.shouldKeepAlive) balancer.leaveOut(address, 'closes connections')
    })
    if (urls.length > 1 && !request.headersSent) request.setHeader('Host', address.url.host)
    addRequest(request, Object.assign(given, address.place, { address }))
  }

  agent.createConnection = (given, created) => {
    connectToAny(given).then(
      (socket) => created?.(null, socket),
      (error) => {
        created?.(error)
        failWaiting(agent.getName(given), error)
      },
    )
    return undefined
  }

  /** Node's agent leaves those who wait for a connection waiting when one fails to come about. */
  function failWaiting(name: string, error: Error): void {
    const waiting = agent.requests[name] ?? []
    delete agent.requests[name]
    for (const request of waiting) request.onSocket(undefined, error)
  }

  async function connectToAny(given: Options): Promise<Socket> {
    const first = given.address ?? balancer.choose()
    let failure: NodeJS.ErrnoException | undefined
    for (const address of [first, ...balancer.othersThan(first)].slice(0, maxConnects)) {
      try {
        const socket = await connect(given, address)
        leads.set(socket, { to: address, keptUnder: first })
        return socket
      } catch (error) {
        failure ??= error as NodeJS.ErrnoException
        balancer.leaveOut(address, (error as NodeJS.ErrnoException).code ?? 'unknown')
      }
    }
    throw new NotConnected(failure as NodeJS.ErrnoException)
  }

  function connect(given: Options, address: Address): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = createConnection({ ...given, ...address.place }) as Socket
      // Counted from here on, so that a burst cannot open more than maxSockets; the agent counts it itself afterwards.
      const counted = agent.sockets[agent.getName(given)] ?? []
      counted.push(socket)
      let isSettled = false
      // A process that was itself held up for so long first hears what has come about meanwhile.
      const giveUp = () => setImmediate(() => isSettled || socket.destroy(timedOut()))
      const timer = setTimeout(giveUp, connectTimeoutMs)
      const settle = (error?: Error) => {
        isSettled = true
        clearTimeout(timer)
        counted.splice(counted.indexOf(socket), 1)
        if (error) reject(error)
        else resolve(socket)
      }
      socket.once('error', settle)
      socket.once(address.url.protocol === 'https:' ? 'secureConnect' : 'connect', () => settle())
    })
  }

  agent.keepSocketAlive = (socket) => {
    const lead = leads.get(socket)
    if (!lead || lead.to.isOut || lead.to !== lead.keptUnder) return false
    lead.idleSince = now()
    return keepSocketAlive(socket)
  }
  return agent as unknown as http.Agent
}

function timedOut(): Error {
  return Object.assign(new Error(`no connection within ${connectTimeoutMs} ms`), { code: 'ETIMEDOUT' })
}
