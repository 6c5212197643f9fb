import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { eventually } from '@duka/testkit'
import { nodeFlagsOf, type ProcessSpec } from '../scripts/supervisor/processes'

const patienceMs = 60_000

/** An instance of a service beside the one that the supervisor runs. */
export class SecondInstance {
  /** What it has written. */
  readonly lines: string[] = []
  private child: ChildProcess | undefined

  constructor(
    private readonly rootDir: string,
    readonly spec: ProcessSpec,
    private readonly env: NodeJS.ProcessEnv,
    readonly url: string,
  ) {}

  async start(): Promise<void> {
    const { lines } = this
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe']
    const child = spawn(process.execPath, [...nodeFlagsOf(this.spec.name), join(this.rootDir, this.spec.entry)], {
      env: this.env,
      stdio,
    })
    this.child = child
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => lines.push(line))
    }
    await eventually(`${this.spec.name} to be ready: ${this.url}`, () => this.isReady(), patienceMs)
  }

  /** Stops it as an orchestrator does; gives its exit code. */
  async stop(): Promise<number | null> {
    if (!this.child || this.child.exitCode !== null) return this.child?.exitCode ?? null
    const ended = once(this.child, 'exit')
    this.child.kill('SIGTERM')
    return (await ended)[0] as number | null
  }

  private async isReady(): Promise<boolean> {
    if (this.child?.exitCode !== null) throw new Error(`${this.spec.name} ended:\n${this.lines.slice(-10).join('\n')}`)
    const answer = await fetch(`${this.url}${this.spec.readyPath}`).catch(() => undefined)
    await answer?.body?.cancel()
    return answer?.status === 200
  }
}
