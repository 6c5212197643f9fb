import { Problem } from '@duka/kit/errors'
import { isClosing } from '@duka/kit/lifecycle'
import type { RequestHandler } from 'express'
import { exchangeOf } from './exchange'
import type { Upstream } from './upstream'

const probeTimeoutMs = 1_000
const keptMs = 1_000

interface State {
  status: 'up' | 'down'
  ms: number
}

type Report = Record<string, State>

/** Answers whether all services are ready. What was found is kept for a second: nobody can hammer them through this. */
export function reportReadiness(upstreams: Record<string, Upstream>): RequestHandler {
  const probeAll = keepBriefly(() => probe(Object.values(upstreams)))
  return async (request, response) => {
    if (isClosing(request)) {
      throw new Problem(503, 'not_ready', 'This gateway is about to stop.', { headers: { 'Retry-After': '2' } })
    }
    const services = await probeAll()
    response.setHeader('Cache-Control', 'no-store')
    if (Object.values(services).every(({ status }) => status === 'up')) {
      response.json({ status: 'ready', services })
      return
    }
    const problem = new Problem(503, 'not_ready', 'A part of the shop is not ready.', { extra: { services } })
    const { requestId, traceId } = exchangeOf(response)
    const document = problem.toDocument(requestId, traceId)
    response.status(503).set('Retry-After', '2').type('application/problem+json').send(JSON.stringify(document))
  }
}

function keepBriefly<T>(load: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined
  return () => {
    if (!kept) {
      kept = load()
      void kept.finally(() => setTimeout(() => (kept = undefined), keptMs).unref())
    }
    return kept
  }
}

async function probe(upstreams: readonly Upstream[]): Promise<Report> {
  return Object.fromEntries(
    await Promise.all(upstreams.map(async (upstream) => [upstream.name, await probeOne(upstream)] as const)),
  )
}

function probeOne(upstream: Upstream): Promise<State> {
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const tell = (status: State['status']) => resolve({ status, ms: Math.round(performance.now() - startedAt) })
    const request = upstream.get('/ready', AbortSignal.timeout(probeTimeoutMs))
    request.on('error', () => tell('down'))
    request.on('response', (answer) => {
      // A cut in the middle of the body says nothing new.
      answer.on('error', () => undefined).resume()
      tell(answer.statusCode === 200 ? 'up' : 'down')
    })
  })
}
