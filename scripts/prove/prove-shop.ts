import { randomBytes } from 'node:crypto'
import { findFreePort } from '../free-port'
import { type LogLine, makeOwnShop } from '../own-shop'
import { services } from '../supervisor/processes'
import type { Shop } from '../supervisor/shop'
import { type ProveDatabases, startProveDatabases } from './prove-databases'
import { startTcpProxy, type TcpProxy } from './tcp-proxy'

export interface ProveShop {
  shop: Shop
  url: string
  admin: { email: string; password: string }
  databases: ProveDatabases
  /** In front of each service but the gateway, by name. */
  proxies: Record<string, TcpProxy>
  lines: LogLine[]
  /** Ends all trouble, and waits until every process is ready. */
  heal(): Promise<void>
  remove(): Promise<void>
}

const hostiles = {
  LOG_LEVEL: 'warn',
  RATE_LIMIT_FACTOR: '1000000',
  BCRYPT_COST: '4',
  // Orders that nobody pays run out while the others shop.
  ORDER_TTL_MINUTES: '0.5',
}

/** A whole shop on a database and connections that can be troubled. It is not started yet. */
export async function makeProveShop(rootDir: string): Promise<ProveShop> {
  const admin = { email: 'admin@duka.test', password: randomBytes(12).toString('hex') }
  const proxies: Record<string, TcpProxy> = {}
  let databases: ProveDatabases | undefined
  const settingsAt = async (ports: Record<string, string>, dataDir: string) => {
    databases = await startProveDatabases(dataDir)
    const addresses: Record<string, string> = {}
    for (const { name, urlSetting, portSetting } of services) {
      if (!urlSetting) continue
      const proxy = await startTcpProxy(await findFreePort(), Number(ports[portSetting]))
      proxies[name] = proxy
      addresses[urlSetting] = `http://127.0.0.1:${proxy.port}`
    }
    return { ...addresses, ...databases.urls }
  }
  const settings = { ...hostiles, ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password }
  const own = await makeOwnShop({ rootDir, purpose: 'prove', settings, settingsAt })
  const { shop, lines } = own
  const allDatabases = databases as ProveDatabases | undefined
  if (!allDatabases) throw new Error('The databases were not started')
  return {
    shop,
    lines,
    admin,
    databases: allDatabases,
    proxies,
    get url() {
      return shop.urls.gateway ?? ''
    },
    async heal() {
      for (const proxy of [...Object.values(proxies), ...Object.values(allDatabases.proxies)]) await proxy.heal()
      await Promise.all(services.map(({ name }) => shop.whenReady(name)))
    },
    async remove() {
      await shop.stop()
      await Promise.all(Object.values(proxies).map((proxy) => proxy.close()))
      await allDatabases.stop()
      await own.remove()
    },
  }
}
