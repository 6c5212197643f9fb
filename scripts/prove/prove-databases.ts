import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { findFreePort } from '../free-port'
import { createDatabasesWithRoles, type Postgres, startPostgres } from '../postgres'
import { signalProcess } from '../process-info'
import { postgresDir } from '../supervisor/embedded-databases'
import { services } from '../supervisor/processes'
import { startTcpProxy, type TcpProxy } from './tcp-proxy'

export interface ProveDatabases {
  /** By the settings' names: through a proxy each. */
  urls: Record<string, string>
  /** By the services' names: past the proxies. */
  directUrls: Record<string, string>
  /** By the services' names. */
  proxies: Record<string, TcpProxy>
  /** Ends the server in the middle of everything, and starts it again after so long. */
  crash(downMs: number): Promise<void>
  stop(): Promise<void>
}

const maxConnections = 200

/** A PostgreSQL that can be crashed, with a database for each service and a connection to it that can be troubled. */
export async function startProveDatabases(dataDir: string): Promise<ProveDatabases> {
  const password = randomBytes(12).toString('hex')
  // What was committed has to be there after a crash, so it is as durable as a real shop's.
  const start = (port?: number) =>
    startPostgres({ dataDir: postgresDir(dataDir), password, port, durable: true, maxConnections })
  let postgres: Postgres = await start()
  const owned = services.flatMap(({ name, database }) =>
    database ? [{ name, setting: database.setting, database: database.name, role: name, password }] : [],
  )
  await createDatabasesWithRoles(postgres.adminUrl('postgres'), owned)
  const proxies: Record<string, TcpProxy> = {}
  for (const { name } of owned) proxies[name] = await startTcpProxy(await findFreePort(), postgres.port)
  const urlAt = (each: (typeof owned)[number], port = postgres.port) => {
    const url = new URL(postgres.urlOf(each))
    url.port = String(port)
    return url.href
  }
  let crashing: Promise<void> | undefined
  const crash = async (downMs: number) => {
    signalProcess(postgres.pid, 'SIGQUIT')
    await postgres.exited
    await delay(downMs)
    postgres = await start(postgres.port)
  }
  return {
    urls: Object.fromEntries(owned.map((each) => [each.setting, urlAt(each, proxies[each.name]?.port)])),
    directUrls: Object.fromEntries(owned.map((each) => [each.name, urlAt(each)])),
    proxies,
    /** One crash at a time: a second one waits for the first to be over. */
    crash(downMs) {
      crashing = (crashing ?? Promise.resolve()).then(() => crash(downMs))
      return crashing
    },
    async stop() {
      await crashing?.catch(() => {})
      await postgres.stop()
      await Promise.all(Object.values(proxies).map((proxy) => proxy.close()))
    },
  }
}
