import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { findFreePort } from '../../free-port'
import { startTcpProxy, type TcpProxy } from '../tcp-proxy'

let echo: Server
let proxy: TcpProxy
const sockets: Socket[] = []

beforeEach(async () => {
  echo = createServer((socket) => socket.on('error', () => {}).pipe(socket))
  await once(echo.listen(0, '127.0.0.1'), 'listening')
  proxy = await startTcpProxy(await findFreePort(), (echo.address() as AddressInfo).port)
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await proxy.close()
  await once(echo.close(), 'close')
})

async function open(): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1')
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

async function ask(socket: Socket, text: string): Promise<string> {
  const [answer] = await Promise.all([once(socket, 'data'), socket.write(text)])
  return String(answer[0])
}

test('passes on both ways', async () => {
  expect(await ask(await open(), 'hello')).toBe('hello')
})

test('passes on more than fits into a buffer', async () => {
  const socket = await open()
  const bytes = 5_000_000
  socket.end(Buffer.alloc(bytes, 'x'))
  let seen = 0
  socket.on('data', (piece) => {
    seen += piece.length
  })
  await once(socket, 'end')
  expect(seen).toBe(bytes)
})

test('cuts what there is, and takes new connections', async () => {
  const socket = await open()
  await ask(socket, 'one')
  const broken = once(socket, 'close').catch(() => {})
  socket.on('error', () => {})
  proxy.cut()
  await broken
  expect(await ask(await open(), 'two')).toBe('two')
})

test('refuses connections for a while', async () => {
  const refused = proxy.trouble('refused', 200)
  await expect(open()).rejects.toThrow('ECONNREFUSED')
  await refused
  expect(await ask(await open(), 'back')).toBe('back')
})

test('holds everything back for a while, and loses none of it', async () => {
  const socket = await open()
  const stalled = proxy.trouble('stalled', 200)
  let isOver = false
  const answer = ask(socket, 'patience').then((text) => [text, isOver])
  await stalled
  isOver = true
  expect(await answer).toEqual(['patience', true])
})

test('slows down', async () => {
  const socket = await open()
  const slow = proxy.trouble('slow', 100)
  expect(await ask(socket, 'slowly')).toBe('slowly')
  await slow
})

test('loses an answer, and lets nothing after it through', async () => {
  const socket = await open()
  const seen: string[] = []
  socket.on('data', (piece) => seen.push(String(piece)))
  socket.on('error', () => {})
  const broken = once(socket, 'close').catch(() => {})
  const muted = proxy.trouble('muted', 200)
  socket.write('lost')
  await Promise.all([muted, broken])
  expect(seen).toEqual([])
  expect(await ask(await open(), 'anew')).toBe('anew')
})

test('heals at once', async () => {
  void proxy.trouble('refused', 60_000)
  await proxy.heal()
  expect(await ask(await open(), 'well')).toBe('well')
})
