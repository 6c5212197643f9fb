import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

interface Asked {
  method: string
  path: string
  body: unknown
}

/** Status and body for one request. */
export type Answer = [status: number, body: unknown]

/** A shop that answers as the test says, and keeps what it was asked. */
export async function startFakeShop(answer: (asked: Asked) => Answer) {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '' } = request
    const hasBody = Number(request.headers['content-length'] ?? 0) > 0
    const each = { method, path, body: hasBody ? await json(request) : undefined }
    asked.push(each)
    const [status, body] = answer(each)
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': `request-${asked.length}` })
    response.end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close }
}

export function newCustomer(index = 0) {
  return { email: `${index}@duka.test`, password: 'a-password', phoneNumber: '254711000000', token: `token-${index}` }
}
