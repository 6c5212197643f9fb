import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { allowSlowBody, limitBodies } from '../src/slow-bodies'

let server: Server

async function start(listener: RequestListener, timeoutMs: number): Promise<void> {
  server = createServer(listener).listen(0, '127.0.0.1')
  limitBodies(server, timeoutMs)
  await once(server, 'listening')
}
afterEach(() => server.close())

/** Sends what comes before a body of two bytes, and the first of them. */
function beginRequest() {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: 2\r\n\r\na')
  return { socket, answer: text(socket) }
}

const echo: RequestListener = async (request, response) => void response.end(await text(request).catch(() => ''))

test('a body that does not arrive is cut', async () => {
  await start(echo, 1)
  expect(await beginRequest().answer).toBe('')
})

test('whoever listens to broken clients tells why', async () => {
  await start(echo, 1)
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => socket.end(error.code))
  expect(await beginRequest().answer).toBe('ERR_HTTP_REQUEST_TIMEOUT')
})

test('one that may take its time is waited for', async () => {
  let timePassed: Promise<void> | undefined
  await start((request, response) => {
    allowSlowBody(request)
    timePassed = sleep(20)
    void echo(request, response)
  }, 1)
  const arrived = once(server, 'request')
  const { socket, answer } = beginRequest()
  await arrived
  await timePassed
  socket.write('b')
  expect(await answer).toMatch(/ab/)
})

test('one that is there in time is answered, however long that takes', async () => {
  await start(async (request, response) => {
    const body = await text(request)
    await sleep(20)
    response.end(body)
  }, 10_000)
  const { socket, answer } = beginRequest()
  socket.write('b')
  expect(await answer).toMatch(/ab/)
})
