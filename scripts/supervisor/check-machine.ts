import { once } from 'node:events'
import { accessSync, constants, existsSync, mkdirSync, statfsSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { OperatorError } from '../operator-error'
import { type ProcessSpec, portsOf } from './processes'
import type { GivenSettings } from './read-settings'

const neededMegabytes = 300
const probeMs = 500
const pollMs = 100
const taken = 'EADDRINUSE'

/** Makes the data folder and refuses one that cannot be written to or whose disk is nearly full. */
export function prepareDataDir(dataDir: string): void {
  try {
    makeFolder(dataDir)
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new OperatorError(
      `The data folder ${dataDir} cannot be used (${(error as NodeJS.ErrnoException).code}): start as the user who owns it, or set DUKA_DATA_DIR to another.`,
    )
  }
  const { bavail, bsize } = statfsSync(dataDir)
  const freeMegabytes = Math.floor((bavail * bsize) / 1e6)
  if (freeMegabytes >= neededMegabytes) return
  throw new OperatorError(
    `The disk of ${dataDir} is full (${freeMegabytes} MB free, ${neededMegabytes} MB needed): free some space, or set DUKA_DATA_DIR to a folder on another disk.`,
  )
}

/**
 * Makes a folder and those that it is in. Node's own recursive mkdirSync never returns where a file system such as /proc
 * refuses new names as missing ones.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Refuses ports that something listens on, after waiting `patienceMs` for the remains of an earlier run to end. */
export async function checkPorts(
  specs: readonly ProcessSpec[],
  given: GivenSettings,
  patienceMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const wanted = specs.flatMap(portsOf).map(([setting, port]) => ({ setting, port: Number(given[setting] ?? port) }))
  if (given.POSTGRES_PORT) wanted.push({ setting: 'POSTGRES_PORT', port: Number(given.POSTGRES_PORT) })
  const deadline = Date.now() + patienceMs
  for (;;) {
    const tried = await Promise.all(wanted.map(async (each) => ({ ...each, obstacle: await findObstacle(each.port) })))
    const blocked = tried.filter(({ obstacle }) => obstacle !== undefined)
    if (blocked.length === 0) return
    if (Date.now() >= deadline) throw new OperatorError(describeBlocked(blocked))
    await delay(pollMs, undefined, signal && { signal })
  }
}

type BlockedPort = { setting: string; port: number; obstacle: string | undefined }

function describeBlocked(blocked: BlockedPort[]): string {
  const list = blocked.map(
    ({ port, setting, obstacle }) => `${port} (${setting}${obstacle === taken ? '' : `, ${obstacle}`})`,
  )
  const [ports, are, them] = blocked.length === 1 ? ['Port', 'is', 'it'] : ['Ports', 'are', 'them']
  const isAirPlay = process.platform === 'darwin' && blocked.some(({ port }) => port === 5000)
  const hint = isAirPlay ? ' (port 5000 of a Mac is often AirPlay Receiver, see System Settings)' : ''
  return `${ports} ${list.join(', ')} ${are} taken: stop what listens on ${them}${hint}, or set ${blocked.map(({ setting }) => setting).join(', ')} to free ports.`
}

async function findObstacle(port: number): Promise<string | undefined> {
  return (await answers(port)) ? taken : bindError(port)
}

// Some systems let one listen on 127.0.0.1 while another program has the same port of all addresses, and a browser
// asking for localhost would reach that one.
async function answers(port: number): Promise<boolean> {
  const probes = ['127.0.0.1', '::1'].map(async (host) => {
    const socket = connect({ host, port, timeout: probeMs })
    const outcome = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      once(socket, 'timeout').then(
        () => false,
        () => false,
      ),
    ])
    socket.destroy()
    return outcome
  })
  return (await Promise.all(probes)).includes(true)
}

async function bindError(port: number): Promise<string | undefined> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
  server.close()
  await once(server, 'close')
  return undefined
}
