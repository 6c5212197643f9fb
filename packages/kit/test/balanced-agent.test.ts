import { once } from 'node:events'
import http, { type Agent, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createBalancedAgent } from '../src/balanced-agent'

let server: Server
let agent: Agent
let connections = 0
let time = 0

beforeAll(async () => {
  server = http.createServer((_request, response) => void response.end())
  server.on('connection', () => connections++)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  agent = createBalancedAgent([new URL(`http://127.0.0.1:${port}`)], { timeoutMs: 10_000, now: () => time })
})
afterAll(async () => {
  agent.destroy()
  await once(server.close(), 'close')
})

/** One request; resolves when its connection is free again. */
async function send(method: string): Promise<void> {
  const request = http.request({ method, agent })
  request.end()
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  response.resume()
  await once(request, 'close')
  await new Promise((free) => setImmediate(free))
}

test('what must not be sent twice is not sent into a connection that a stopping server may be about to close', async () => {
  for (const method of ['POST', 'GET', 'PUT', 'DELETE']) await send(method)
  expect(connections).toBe(1)
  time += 299
  await send('POST')
  expect(connections).toBe(1)
  time += 300
  await send('POST')
  expect(connections).toBe(2)
  time += 10_000
  await send('GET')
  expect(connections).toBe(2)
})
