import { once } from 'node:events'
import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { OperatorError } from '../operator-error'
import type { ProcessSpec } from './processes'
import { type GivenSettings, portOf } from './read-settings'

const neededMegabytes = 300
const probeMs = 500
const pollMs = 100

/** Makes the data folder and refuses one that cannot be written to or whose disk is nearly full. */
export function prepareDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true })
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

/** Refuses ports that something listens on, after waiting `patienceMs` for the remains of an earlier run to end. */
export async function checkPorts(
  specs: readonly ProcessSpec[],
  given: GivenSettings,
  patienceMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const wanted = specs.map((spec) => ({ setting: spec.portSetting, port: portOf(spec, given) }))
  if (given.POSTGRES_PORT) wanted.push({ setting: 'POSTGRES_PORT', port: Number(given.POSTGRES_PORT) })
  const deadline = Date.now() + patienceMs
  for (;;) {
    const problems = await Promise.all(wanted.map(({ setting, port }) => problemOf(setting, port)))
    const found = problems.filter((problem) => problem !== undefined)
    if (found.length === 0) return
    if (Date.now() >= deadline) throw new OperatorError(found.join(' '))
    await delay(pollMs, undefined, signal && { signal })
  }
}

async function problemOf(setting: string, port: number): Promise<string | undefined> {
  const code = (await answers(port)) ? 'EADDRINUSE' : await bindError(port)
  if (code === undefined) return undefined
  if (code !== 'EADDRINUSE')
    return `Port ${port} (${setting}) cannot be listened on (${code}): set ${setting} to another port.`
  const airPlay =
    process.platform === 'darwin' && port === 5000
      ? ' (on macOS that is often AirPlay Receiver, see System Settings)'
      : ''
  return `Port ${port} (${setting}) is taken: stop the program that listens on it${airPlay}, or set ${setting} to another port.`
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
