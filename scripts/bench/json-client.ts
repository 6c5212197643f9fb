import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { ProblemDocument } from '@duka/contracts'

export interface Sent {
  token?: string
  body?: unknown
}

export interface RawAnswer {
  method: string
  path: string
  status: number
  type: string
  body: string
}

/** A client that keeps its connections, for a load: it costs the machine less than fetch. */
export interface JsonClient {
  /** The parsed answer. Throws an UnexpectedAnswer on any other status, on silence and on a cut. */
  send<T>(method: string, path: string, status: number, sent?: Sent): Promise<T>
  close(): void
}

const timeoutMs = 30_000

/** What a request got instead of the answer that it should have. */
export class UnexpectedAnswer extends Error {
  constructor(
    message: string,
    readonly requestId?: string,
  ) {
    super(message)
    this.name = 'UnexpectedAnswer'
  }
}

/** `onAnswer` sees every answer as it came. */
export function createJsonClient(
  url: string,
  connections: number,
  onAnswer: (answer: RawAnswer) => void = () => {},
): JsonClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const { hostname, port } = new URL(url)
  return {
    async send(method, path, status, { token, body } = {}) {
      const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
      const headers = {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(bytes && { 'content-type': 'application/json', 'content-length': bytes.length }),
      }
      const answer = await exchange({ agent, hostname, port, method, path, headers }, bytes)
      onAnswer(answer.raw)
      if (answer.raw.status === status) return JSON.parse(answer.raw.body)
      throw new UnexpectedAnswer(describe(answer.raw), answer.requestId)
    },
    close: () => agent.destroy(),
  }
}

interface Exchange {
  agent: Agent
  hostname: string
  port: string
  method: string
  path: string
  headers: Record<string, string | number>
}

function exchange(options: Exchange, bytes: Buffer | undefined): Promise<{ raw: RawAnswer; requestId?: string }> {
  const { method, path } = options
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(new UnexpectedAnswer(`${method} ${generalPath(path)}: ${error.message}`))
    const read = async (response: IncomingMessage) => {
      const { 'content-type': type = '', 'x-request-id': requestId } = response.headers
      const raw = { method, path, status: response.statusCode ?? 0, type, body: await text(response) }
      resolve({ raw, ...(typeof requestId === 'string' && { requestId }) })
    }
    const sent = request(options, (response) => void read(response).catch(fail))
    sent.setTimeout(timeoutMs, () => sent.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)))
    sent.once('error', fail)
    sent.end(bytes)
  })
}

function describe({ method, path, status, body }: RawAnswer): string {
  return [method, generalPath(path), status, codeOf(body)].filter(Boolean).join(' ')
}

function codeOf(body: string): string | undefined {
  try {
    return (JSON.parse(body) as Partial<ProblemDocument>).code
  } catch {
    return undefined
  }
}

/** The same for every id, so that failures can be counted by kind. */
function generalPath(path: string): string {
  return path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id')
}
