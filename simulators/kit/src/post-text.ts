import http from 'node:http'
import https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'

const limits = { keepAlive: true, maxSockets: 64, maxFreeSockets: 32, timeout: 30_000 }
const dripSlices = 10

export type Poster = {
  /** POSTs JSON text and gives the status of the answer; rejects when there is none in time. */
  post(url: string, text: string, options: PostOptions): Promise<number>
  close(): void
}
export type PostOptions = { timeoutMs: number; dripMs: number; headers?: Record<string, string> }

/** Connections are kept alive per receiver, as Safaricom's senders do. */
export function createPoster(): Poster {
  const agents = { http: new http.Agent(limits), https: new https.Agent(limits) }
  const once = (url: URL, text: string, options: PostOptions) =>
    url.protocol === 'https:'
      ? exchange(https.request(url, toRequest(text, options, agents.https)), text, options)
      : exchange(http.request(url, toRequest(text, options, agents.http)), text, options)
  return {
    async post(address, text, options) {
      const url = new URL(address)
      try {
        return await once(url, text, options)
      } catch (error) {
        // The receiver closed a kept connection just as it was used again: nobody has seen this request.
        if (error instanceof StaleConnection) return once(url, text, options)
        throw error
      }
    },
    close() {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

class StaleConnection extends Error {
  override message = 'connection reset'
}

const toRequest = (text: string, { headers }: PostOptions, agent: http.Agent): http.RequestOptions => ({
  method: 'POST',
  agent,
  headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers },
})

function exchange(request: http.ClientRequest, text: string, { timeoutMs, dripMs }: PostOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    deadline.unref()
    request.on('response', (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    request.on('error', (error: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && error.code === 'ECONNRESET'
      reject(stale ? new StaleConnection() : error)
    })
    request.on('close', () => {
      clearTimeout(deadline)
      reject(new Error('connection closed in the middle of the answer'))
    })
    void (dripMs > 0 ? drip(request, text, dripMs) : request.end(text))
  })
}

/** Slow-loris: the body comes in small pieces, spread over the given time. */
async function drip(request: http.ClientRequest, text: string, dripMs: number) {
  const bytes = Buffer.from(text)
  const size = Math.ceil(bytes.length / dripSlices)
  for (let start = 0; start < bytes.length && !request.destroyed; start += size) {
    request.write(bytes.subarray(start, start + size))
    await sleep(dripMs / dripSlices, undefined, { ref: false })
  }
  request.end()
}
