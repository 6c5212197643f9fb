import { once } from 'node:events'
import { createServer } from 'node:net'
import { type ProcessSpec, portsOf } from './supervisor/processes'

// Below the ports that systems give to outgoing connections, one of which could take a port that was just found free.
const lowest = 10_000
const highest = 32_000
const blockSize = 100
const blocks = (highest - lowest) / blockSize

// Programs that look at the same time look in different places.
const firstPort = lowest + (process.pid % blocks) * blockSize
let tried = 0

/** A port of the loopback address that nothing listens on now, and another one each time. */
export async function findFreePort(): Promise<number> {
  while (tried < highest - lowest) {
    const port = lowest + ((firstPort - lowest + tried++) % (highest - lowest))
    if (await isFree(port)) return port
  }
  throw new Error(`No port from ${lowest} to ${highest} is free.`)
}

/** Settings that give each program a free port of its own. */
export async function freePortSettings(programs: readonly ProcessSpec[]): Promise<Record<string, string>> {
  const settings: Record<string, string> = {}
  for (const [setting] of programs.flatMap(portsOf)) settings[setting] = String(await findFreePort())
  return settings
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  const failure = await once(server, 'listening').then(
    () => undefined,
    (error: Error) => error,
  )
  if (failure) return false
  await once(server.close(), 'close')
  return true
}
