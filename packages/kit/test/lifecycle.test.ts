import { Agent, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { closeServer, listen } from '../src'

/** Asks over a connection that stays open afterwards. */
function ask(port: number, path: string, agent: Agent): Promise<{ status: number | undefined; connection: unknown }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent }, (response) => {
      response.resume()
      response.on('end', () => resolve({ status: response.statusCode, connection: response.headers.connection }))
    }).on('error', reject)
  })
}

test('a server that closes finishes what runs, takes nothing new, and does not wait for idle clients', async () => {
  let finish = () => {}
  const app = express()
  let arrived = () => {}
  const running = new Promise<void>((resolve) => {
    arrived = resolve
  })
  app.get('/slow', (_request, response) => {
    arrived()
    finish = () => response.end('done')
  })
  app.get('/quick', (_request, response) => response.end('done'))
  const server = await listen(app, 0, '127.0.0.1')
  const { port } = server.address() as AddressInfo
  const agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })]
  await ask(port, '/quick', agents[0]!)
  const slow = ask(port, '/slow', agents[1]!)
  await running
  const startedAt = Date.now()
  const closed = closeServer(server)
  await expect(ask(port, '/quick', new Agent())).rejects.toThrow('ECONNREFUSED')
  finish()
  expect(await slow).toMatchObject({ status: 200 })
  await closed
  expect(Date.now() - startedAt).toBeLessThan(2_000)
  for (const agent of agents) agent.destroy()
})

test('a port that is taken is an error to whoever wanted it', async () => {
  const server = await listen(express(), 0, '127.0.0.1')
  const { port } = server.address() as AddressInfo
  await expect(listen(express(), port, '127.0.0.1')).rejects.toThrow('EADDRINUSE')
  await closeServer(server)
})
