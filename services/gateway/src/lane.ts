import { Problem, RemoteUnavailable } from '@duka/kit/errors'
import { counter } from '@duka/kit/metrics'
import type { Exchange } from './exchange'

const refusals = counter({
  name: 'http_upstream_no_place_total',
  help: 'Requests refused because too many were on their way to a service, of all clients or of theirs.',
  labels: ['upstream'],
})

export interface LaneLimits {
  /** Requests that may wait for the service at once; more are refused at once. */
  maxWaiting: number
  /** Requests of one client's network that may be on their way at once. */
  maxPerClient: number
}

/**
 * The requests of one kind that are on their way to one service. A client who sends or reads slowly keeps others
 * waiting for nothing: it has only so many places, and none that counts for all once the service began to answer.
 */
export class Lane {
  private waiting = 0
  // Told as 0 from the start, so that the first one is a rise.
  private readonly refused: ReturnType<typeof refusals.with>
  private readonly byClient = new Map<string, number>()

  constructor(
    private readonly serviceName: string,
    private readonly limits: LaneLimits,
  ) {
    this.refused = refusals.with(serviceName)
  }

  /** Throws where there is no place. */
  enter(exchange: Exchange): void {
    const client = exchange.clientNetwork
    const mine = this.byClient.get(client) ?? 0
    const isFull = this.waiting >= this.limits.maxWaiting
    if (mine >= this.limits.maxPerClient || isFull) this.refused.inc()
    if (mine >= this.limits.maxPerClient) throw tooManyAtOnce()
    if (isFull) {
      throw new RemoteUnavailable(this.serviceName, false, false, 'too many requests wait')
    }
    this.byClient.set(client, mine + 1)
    this.waiting++
    exchange.lane = this
    exchange.isWaiting = true
  }

  /** The service began to answer. */
  answered(exchange: Exchange): void {
    if (exchange.isWaiting) this.waiting--
    exchange.isWaiting = false
  }

  /** The client's request is over, whichever way. */
  leave(exchange: Exchange): void {
    this.answered(exchange)
    const left = (this.byClient.get(exchange.clientNetwork) ?? 0) - 1
    if (left > 0) this.byClient.set(exchange.clientNetwork, left)
    else this.byClient.delete(exchange.clientNetwork)
  }
}

function tooManyAtOnce(): Problem {
  const detail = 'Too many requests from your address are running at once. Wait for some to end and try again.'
  return new Problem(429, 'too_many_at_once', detail, { headers: { 'Retry-After': '1' } })
}
