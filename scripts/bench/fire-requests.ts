import autocannon from 'autocannon'
import type { Failure, Sample } from './sample'

export interface Fire {
  url: string
  connections: number
  seconds: number
  /** What each connection asks for, over and over in this order. */
  requestsOf(connection: number): autocannon.Request[]
}

// A round ends with the tick after its time: short ticks keep it as long as it was asked to be.
const tickMs = 100
const timeoutSeconds = 30

/** Sends one request after the other on each connection, for the given time. */
export function fireRequests({ url, connections, seconds, requestsOf }: Fire): Promise<Sample> {
  let connection = 0
  const latenciesMs: number[] = []
  const failures: Failure[] = []
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, result: autocannon.Result) => {
      if (error) return reject(error)
      const count = latenciesMs.length
      resolve({ count, seconds: result.duration, latenciesMs, finished: count, failures, parts: {} })
    }
    const options = {
      url,
      connections,
      duration: seconds,
      timeout: timeoutSeconds,
      sampleInt: tickMs,
      setupClient: (client: autocannon.Client) => client.setRequests(requestsOf(connection++)),
    }
    const instance = autocannon(options, done)
    instance.on('response', (_client, status, _bytes, ms) => {
      if (status >= 200 && status < 300) latenciesMs.push(ms)
      else failures.push({ what: `status ${status}` })
    })
    instance.on('reqError', (error: Error) => void failures.push({ what: error.message }))
  })
}
