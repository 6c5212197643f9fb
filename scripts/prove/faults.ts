import { setTimeout as delay } from 'node:timers/promises'
import type { ProveShop } from './prove-shop'
import type { Random } from './random'
import type { TcpProxy, Trouble } from './tcp-proxy'

export interface Fault {
  name: string
  weight: number
  /** Resolves when it is over. */
  strike(shop: ProveShop, random: Random): Promise<unknown>
}

const killed = ['gateway', 'auth', 'product', 'order', 'payment', 'cart']
const busiest = ['product', 'order', 'payment', 'order', 'payment']

/** What goes wrong. Another fault is a line here. */
export const faults: readonly Fault[] = [
  { name: 'service killed', weight: 20, strike: async ({ shop }, random) => shop.kill(random.pick(killed), 'SIGKILL') },
  { name: 'service stopped for a while', weight: 6, strike: freeze },
  { name: 'database crashed', weight: 8, strike: ({ databases }, random) => databases.crash(random.between(0, 1500)) },
  { name: 'calls to a service cut', weight: 12, strike: async (shop, random) => serviceOf(shop, random).cut() },
  { name: 'calls to a service refused', weight: 8, strike: trouble(serviceOf, 'refused', 3000) },
  { name: 'calls to a service stalled', weight: 6, strike: trouble(serviceOf, 'stalled', 7000) },
  { name: 'calls to a service slow', weight: 14, strike: trouble(serviceOf, 'slow', 5000) },
  { name: 'answers of a service lost', weight: 10, strike: trouble(serviceOf, 'muted', 2500) },
  { name: 'connections to a database cut', weight: 10, strike: async (shop, random) => databaseOf(shop, random).cut() },
  { name: 'connections to a database stalled', weight: 4, strike: trouble(databaseOf, 'stalled', 4000) },
  { name: 'answers of a database lost', weight: 8, strike: trouble(databaseOf, 'muted', 1500) },
]

function serviceOf({ proxies }: ProveShop, random: Random): TcpProxy {
  return random.pick(Object.values(proxies))
}

function databaseOf({ databases }: ProveShop, random: Random): TcpProxy {
  return random.pick(Object.values(databases.proxies))
}

function trouble(
  choose: (shop: ProveShop, random: Random) => TcpProxy,
  kind: Trouble,
  longestMs: number,
): Fault['strike'] {
  return (shop, random) => choose(shop, random).trouble(kind, random.between(300, longestMs))
}

/** It comes back with all that it was doing, long after the others gave it up. */
async function freeze({ shop }: ProveShop, random: Random): Promise<void> {
  const name = random.pick(busiest)
  const pid = shop.pid(name)
  if (!shop.kill(name, 'SIGSTOP')) return
  await delay(random.between(1000, 6000))
  if (shop.pid(name) === pid) shop.kill(name, 'SIGCONT')
}
