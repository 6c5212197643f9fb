import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { OperatorError } from '../operator-error'
import { nodeFlagsOf } from '../supervisor/processes'
import type { RawAnswer } from './json-client'
import { startGateway } from './start-gateway'

/** What ratios are taken against: a bare Express route behind a bare proxy, each a process. */
export interface Reference {
  url: string
  /** The gateway in front of the same bare route. */
  gatewayUrl: string
  pids: { name: string; pid: number }[]
  stop(): Promise<void>
}

const startMs = 20_000

export async function startReference(answers: RawAnswer[]): Promise<Reference> {
  const children: ChildProcess[] = []
  const start = async (program: string, told: unknown): Promise<string> => {
    // Run as the gateway is: what is compared is what they do, not what they may keep in memory.
    const child = fork(join(__dirname, program), { execArgv: nodeFlagsOf('gateway') })
    children.push(child)
    child.send(told as string)
    const [port] = (await once(child, 'message', { signal: AbortSignal.timeout(startMs) })) as [number]
    return `http://127.0.0.1:${port}`
  }
  const stop = async () => void (await Promise.all(children.map(end)))
  try {
    const routeUrl = await start('bare-route.js', answers)
    const url = await start('bare-proxy.js', routeUrl)
    const gateway = await startGateway(routeUrl)
    children.push(gateway.child)
    const [route, proxy] = children.map(({ pid }) => pid as number) as [number, number]
    const pids = [
      { name: 'bare route', pid: route },
      { name: 'bare proxy', pid: proxy },
    ]
    return { url, gatewayUrl: gateway.url, pids, stop }
  } catch (error) {
    await stop()
    throw new OperatorError(`The reference did not start: ${(error as Error).message}`)
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
