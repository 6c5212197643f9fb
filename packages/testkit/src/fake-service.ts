import type { AddressInfo } from 'node:net'
import type { ServiceName } from '@duka/contracts'
import { closeServer, connectDatabase, createLog, createServiceApp, listen, type Route } from '@duka/kit'
import type { Express } from 'express'
import { testProof, verifyTestUser } from './identity'

export interface Running {
  url: string
  stop(): Promise<void>
}

/** Serves an app on a free port of the loopback interface. */
export async function startApp(app: Express): Promise<Running> {
  const server = await listen(app, 0, '127.0.0.1')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, stop: () => closeServer(server, { drainMs: 0 }) }
}

export const silentLog = createLog('test', 'error')
silentLog.silent = true

/** Another service, as far as a test needs it: real HTTP, real proofs, and handlers typed by its contract. */
export function startFakeService(name: ServiceName, routes: readonly Route[]): Promise<Running> {
  const app = createServiceApp({
    log: silentLog,
    routes,
    verifyUser: verifyTestUser,
    proof: testProof(name),
    // A fake keeps nothing: it never opens a connection.
    database: connectDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', applicationName: 'fake', poolMax: 1 }),
    checkReady: async () => undefined,
  })
  return startApp(app)
}
