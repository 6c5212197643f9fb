import type { IncomingMessage, Server } from 'node:http'
import { Problem } from './errors'

/** Node would answer with a bare 417 itself; as any other request, it gets an id, a line in the log and a document. */
export function serveExpectations(server: Server): void {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
}

/** Throws where the client expects more than `100-continue`, which Node has answered already. */
export function checkExpectation({ headers }: IncomingMessage): void {
  if (headers.expect === undefined || headers.expect.toLowerCase() === '100-continue') return
  // Whether the body comes after this answer is for the client to say, so nothing may come after it.
  const options = { headers: { Connection: 'close' } }
  throw new Problem(417, 'expectation_failed', 'The only expectation that is understood here is 100-continue.', options)
}
