import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { captureLog, testProof, verifyTestUser } from '@duka/testkit'
import { closeServer, connectDatabase, createServiceApp, listen } from '../src'

const { log, lines } = captureLog('http')
const database = connectDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', applicationName: 'none', poolMax: 1 })
let server: Server

beforeAll(async () => {
  const verifyUser = verifyTestUser
  const app = createServiceApp({
    log,
    routes: [],
    verifyUser,
    proof: testProof('order'),
    database,
    checkReady: async () => undefined,
  })
  server = await listen(app, 0, '127.0.0.1')
})
afterAll(() => closeServer(server, { drainMs: 0 }))

function send(expectation: string): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(
    `GET /health HTTP/1.1\r\nHost: shop\r\nX-Request-Id: request-1\r\nConnection: close\r\nExpect: ${expectation}\r\n\r\n`,
  )
  return text(socket)
}

test('what a client expects beyond 100-continue is a 417 with a document, an id and a line in the log', async () => {
  const [head = '', body = ''] = (await send('evil')).split('\r\n\r\n')
  expect(head).toMatch(/^HTTP\/1\.1 417 Expectation Failed\r\n/)
  expect(head).toMatch(/^X-Request-Id: request-1\r$/m)
  expect(head).toMatch(/^Content-Type: application\/problem\+json/m)
  expect(head).toMatch(/^Connection: close\r$/m)
  expect(JSON.parse(body)).toMatchObject({ status: 417, code: 'expectation_failed', requestId: 'request-1' })
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { event: 'request', requestId: 'request-1', status: 417 },
  ])
})

test.each(['100-continue', '100-Continue'])('%s is agreed to', async (expectation) => {
  expect(await send(expectation)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
})
