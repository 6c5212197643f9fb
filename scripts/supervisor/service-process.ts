import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { exitCodes, OperatorError } from '../operator-error'
import { forwardLines, type Output } from './output'
import { nodeFlagsOf, type ProcessSpec } from './processes'

export type ServiceProcessOptions = {
  rootDir: string
  env: NodeJS.ProcessEnv
  url: string
  output: Output
  /** Called when the process has refused its settings, which no restart can mend. */
  onRefusal(error: OperatorError): void
  /** Called whenever the process has another pid. */
  onSpawn(): void
}

const readyMs = 60_000
const pollMs = 50
const probeMs = 2000
const firstBackoffMs = 250
const maxBackoffMs = 10_000
/** A process that lived this long has recovered: its next death counts as the first again. */
const settledMs = 30_000
const maxDeathsBeforeReady = 5
const rememberedErrorLines = 6

/** Keeps one program running: starts it, starts it again when it dies, stops it when told. */
export class ServiceProcess {
  private child: ChildProcess | undefined
  private stopping = false
  private deaths = 0
  private wasReady = false
  private spawnedAt = 0
  private restartTimer: NodeJS.Timeout | undefined
  private lastErrorLines: string[] = []
  private failure: OperatorError | undefined

  constructor(
    readonly spec: ProcessSpec,
    private readonly options: ServiceProcessOptions,
  ) {}

  get name(): string {
    return this.spec.name
  }

  get pid(): number | undefined {
    return this.isRunning() ? this.child?.pid : undefined
  }

  start(): void {
    const { rootDir, env, output } = this.options
    this.spawnedAt = Date.now()
    this.lastErrorLines = []
    // A process group of its own keeps a terminal's Ctrl-C away from it, so that the stop keeps its order. When the
    // supervisor dies the IPC channel closes, and that ends it.
    const child = spawn(process.execPath, [...nodeFlagsOf(this.spec.name), this.spec.entry], {
      cwd: rootDir,
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    })
    this.child = child
    forwardLines(child.stdout as NonNullable<typeof child.stdout>, (line) => output(this.name, line))
    forwardLines(child.stderr as NonNullable<typeof child.stderr>, (line) => {
      if (line.trim()) this.lastErrorLines = [...this.lastErrorLines, line.trim()].slice(-rememberedErrorLines)
      output(this.name, line)
    })
    child.once('error', (error) => output(this.name, `cannot be run: ${error.message}`))
    // 'close' comes after the last line was read, 'exit' may come before.
    child.once('close', (code, signal) => this.onDeath(code, signal))
    this.options.onSpawn()
  }

  /** Resolves when it answers that it is ready; rejects when it gave up, refused its settings or takes too long. */
  async whenReady(signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + readyMs
    while (!(await this.isReady(signal))) {
      signal.throwIfAborted()
      if (this.failure) throw this.failure
      if (Date.now() > deadline)
        throw new OperatorError(`${this.name} is not ready after ${readyMs / 1000} s: see its lines above.`)
      await delay(pollMs, undefined, { signal })
    }
    this.wasReady = true
  }

  kill(signal: NodeJS.Signals): boolean {
    return this.isRunning() && (this.child?.kill(signal) ?? false)
  }

  /** Asks it to stop; resolves when it has. */
  async stop(): Promise<void> {
    this.stopping = true
    clearTimeout(this.restartTimer)
    const child = this.child
    if (!child || !this.isRunning()) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }

  private isRunning(): boolean {
    return this.child?.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null
  }

  private onDeath(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.stopping) return
    if (code === exitCodes.wrongSetting) this.refuse()
    else this.startAgain(signal ?? `exit code ${code}`)
  }

  private startAgain(cause: string): void {
    if (Date.now() - this.spawnedAt > settledMs) this.deaths = 0
    this.deaths++
    if (!this.wasReady && this.deaths >= maxDeathsBeforeReady) {
      this.failure = new OperatorError(
        `${this.name} died ${this.deaths} times before it was ready. ${this.lastErrorLines.at(-1) ?? 'See its lines above.'}`,
      )
      return
    }
    const waitMs = Math.min(maxBackoffMs, firstBackoffMs * 2 ** (this.deaths - 1))
    this.options.output('duka', `${this.name} died (${cause}); starting it again in ${waitMs / 1000} s`)
    this.restartTimer = setTimeout(() => this.restart(), waitMs)
  }

  private restart(): void {
    this.start()
    if (!this.wasReady) return
    const child = this.child
    const watch = async () => {
      while (this.child === child && this.isRunning()) {
        if (await this.isReady()) return this.options.output('duka', `${this.name} is ready again`)
        await delay(pollMs)
      }
    }
    void watch()
  }

  private refuse(): void {
    const said = this.lastErrorLines.join(' ') || 'it did not say which'
    this.failure = new OperatorError(`${this.name} refuses its settings. ${said}`, exitCodes.wrongSetting)
    this.options.onRefusal(this.failure)
  }

  private isReady(signal?: AbortSignal): Promise<boolean> {
    if (!this.isRunning()) return Promise.resolve(false)
    return new Promise((resolve) => {
      const limits = { agent: false as const, timeout: probeMs, ...(signal ? { signal } : {}) }
      const request = get(`${this.options.url}${this.spec.readyPath}`, limits, (response) => {
        response.resume()
        resolve(response.statusCode === 200)
      })
      request.once('timeout', () => request.destroy())
      request.once('error', () => resolve(false))
    })
  }
}
