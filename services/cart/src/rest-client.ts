import { type Client, RemoteUnavailable } from '@duka/kit'

export interface RestOptions {
  target: string
  now?: () => number
}

/** So many calls in a row without an answer, and nobody waits for the next one. */
const maxFailures = 3
/** So long. Then one call tries whether the other side is back, and the others still do not wait. */
const restMs = 2_000

/**
 * A client that rests while the other side does not answer: its calls fail at once then, as RemoteUnavailable. One that
 * accepts calls and leaves them hanging would else make every customer wait for the whole timeout.
 */
export function restClient(client: Client, { target, now = () => performance.now() }: RestOptions): Client {
  let failures = 0
  let restsUntil = 0

  function begin(): void {
    if (failures < maxFailures) return
    if (now() < restsUntil) throw new RemoteUnavailable(target, false, false, 'resting')
    // This call is the one that tries. Should nothing ever be heard of it, another one does after the same time.
    restsUntil = now() + restMs
  }

  function fail(error: unknown): void {
    if (!(error instanceof RemoteUnavailable)) {
      failures = 0
      return
    }
    failures++
    restsUntil = now() + restMs
  }

  return {
    async call(contract, request) {
      begin()
      try {
        const answer = await client.call(contract, request)
        failures = 0
        return answer
      } catch (error) {
        fail(error)
        throw error
      }
    },
  }
}
