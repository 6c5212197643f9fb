import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findFreePort } from '../free-port'
import { nodeFlagsOf, services } from '../supervisor/processes'

const entry = join(__dirname, '../../../services/gateway/dist/main.js')
const startMs = 20_000
const pollMs = 50

/** A gateway that takes one server for every service, run as the shop runs its own. */
export async function startGateway(serviceUrl: string): Promise<{ url: string; child: ChildProcess }> {
  const port = await findFreePort()
  const addresses = services.flatMap(({ urlSetting }) => (urlSetting ? [[urlSetting, serviceUrl]] : []))
  const env = {
    PATH: process.env.PATH,
    HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    METRICS_PORT: String(await findFreePort()),
    METRICS_HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    RATE_LIMIT_FACTOR: '1000000',
    ...Object.fromEntries(addresses),
  }
  const child = spawn(process.execPath, [...nodeFlagsOf('gateway'), entry], { env, stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  const until = Date.now() + startMs
  while (!(await isAlive(url))) {
    if (child.exitCode === null && Date.now() < until) await delay(pollMs)
    else {
      child.kill('SIGKILL')
      throw new Error('the gateway does not answer')
    }
  }
  return { url, child }
}

function isAlive(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  )
}
