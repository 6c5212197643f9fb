import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A span as a collector gets it, as far as tests ask. */
export interface SeenSpan {
  service: string
  name: string
  /** Of OTLP: 1 internal, 2 server, 3 client, 5 consumer. */
  kind: number
  traceId: string
  spanId: string
  parentSpanId: string | undefined
  fields: Record<string, unknown>
  links: { traceId: string; spanId: string }[]
  failed: boolean
}

interface Field {
  key: string
  value: Record<string, unknown>
}

interface Sent {
  resourceSpans: {
    resource: { attributes: Field[] }
    scopeSpans: { spans: RawSpan[] }[]
  }[]
}

type RawSpan = Omit<SeenSpan, 'service' | 'fields' | 'links' | 'failed'> & {
  attributes: Field[]
  links?: SeenSpan['links']
  status?: { code?: number }
}

export interface Collector {
  url: string
  spans: SeenSpan[]
  /** Whatever came, word for word. */
  bodies: string[]
  close(): Promise<void>
}

/** Takes spans by OTLP over HTTP, as JSON, and keeps them. */
export async function startCollector(): Promise<Collector> {
  const spans: SeenSpan[] = []
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    bodies.push(body)
    if (request.method === 'POST' && request.url === '/v1/traces') spans.push(...readSpans(JSON.parse(body) as Sent))
    else response.statusCode = 404
    response.setHeader('Content-Type', 'application/json').end('{}')
  })
  return { url: await listenOnFreePort(server), spans, bodies, close: () => closeAll(server) }
}

function readSpans({ resourceSpans }: Sent): SeenSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(readFields(resource.attributes)['service.name'])
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ attributes, links = [], status, ...span }) => ({
        ...span,
        service,
        parentSpanId: span.parentSpanId || undefined,
        fields: readFields(attributes),
        links,
        failed: status?.code === 2,
      })),
    )
  })
}

function readFields(fields: Field[]): Record<string, unknown> {
  return Object.fromEntries(fields.map(({ key, value }) => [key, Object.values(value)[0]]))
}

export function listenOnFreePort(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
}

export function closeAll(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
