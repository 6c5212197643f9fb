import { Agent, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { eventually } from '@duka/testkit'
import express, { type Response } from 'express'
import { closeServer, isClosing, listen } from '../src'

/** Asks over a connection that stays open afterwards. */
function ask(port: number, path: string, agent: Agent) {
  return new Promise<{ status: number | undefined; connection: unknown; body: string }>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent }, async (response) => {
      resolve({ status: response.statusCode, connection: response.headers.connection, body: await text(response) })
    }).on('error', reject)
  })
}

async function startServer() {
  const held: Response[] = []
  const app = express()
  app.get('/slow', (_request, response) => void held.push(response))
  app.get('/quick', (_request, response) => response.end('done'))
  app.get('/closing', (request, response) => response.end(String(isClosing(request))))
  const server = await listen(app, 0, '127.0.0.1')
  return { server, held, port: (server.address() as AddressInfo).port }
}

test('a server that is about to close serves on, but closes each connection with its answer', async () => {
  const { server, port } = await startServer()
  const agent = new Agent({ keepAlive: true })
  expect(await ask(port, '/closing', agent)).toEqual({ status: 200, connection: 'keep-alive', body: 'false' })
  const closed = closeServer(server, { drainMs: 2_000 })
  // Once over the connection that was open, once over a new one.
  expect(await ask(port, '/closing', agent)).toEqual({ status: 200, connection: 'close', body: 'true' })
  expect(await ask(port, '/closing', agent)).toEqual({ status: 200, connection: 'close', body: 'true' })
  await closed
  agent.destroy()
})

test('a server that closes finishes what runs, takes nothing new, and does not wait for idle clients', async () => {
  const { server, held, port } = await startServer()
  const agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })]
  await ask(port, '/quick', agents[0]!)
  const slow = ask(port, '/slow', agents[1]!)
  await eventually('the slow request', async () => held.length === 1)
  const startedAt = Date.now()
  const closed = closeServer(server, { drainMs: 0 })
  await eventually('a refused connection', () =>
    ask(port, '/quick', new Agent()).then(
      () => false,
      (error) => error.code === 'ECONNREFUSED',
    ),
  )
  held[0]?.end('done')
  expect(await slow).toMatchObject({ status: 200, body: 'done' })
  await closed
  expect(Date.now() - startedAt).toBeLessThan(5_000)
  for (const agent of agents) agent.destroy()
})

test('what still runs when the time is up is cut', async () => {
  const { server, held, port } = await startServer()
  const endless = ask(port, '/slow', new Agent())
  await eventually('the endless request', async () => held.length === 1)
  await Promise.all([
    expect(endless).rejects.toThrow('socket hang up'),
    closeServer(server, { drainMs: 0, graceMs: 50 }),
  ])
})

test('a port that is taken is an error to whoever wanted it', async () => {
  const server = await listen(express(), 0, '127.0.0.1')
  const { port } = server.address() as AddressInfo
  await expect(listen(express(), port, '127.0.0.1')).rejects.toThrow('EADDRINUSE')
  await closeServer(server)
})
