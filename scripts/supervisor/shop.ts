import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError } from '../operator-error'
import { isRunning, residentBytes } from '../process-info'
import { checkConfigs } from './check-configs'
import { checkPorts, prepareDataDir } from './check-machine'
import { addressOf, completeSettings, environmentOf, type Settings } from './complete-settings'
import { type EmbeddedDatabases, startEmbeddedDatabases } from './embedded-databases'
import { endRemains } from './end-remains'
import { finishMoves } from './finish-moves'
import type { Output } from './output'
import { type ProcessSpec, services } from './processes'
import { checkSettings, chooseProcesses, dataDirOf, type GivenSettings, readGivenSettings } from './read-settings'
import { type DataDirLock, lockDataDir } from './running-shop'
import { keepSecrets, type Secrets } from './secrets'
import { ServiceProcess } from './service-process'
import { stopInOrder } from './stop-in-order'

export type ShopOptions = {
  /** Where services/ and simulators/ lie. */
  rootDir: string
  /** Settings; .env of the root folder stands behind them. */
  env: NodeJS.ProcessEnv
  output: Output
  /** False runs PostgreSQL without fsync. */
  durable?: boolean
}
export type ProcessMemory = { name: string; pid: number; bytes: number }

const remainsMs = 5000
const notStarted = 'postgres://service@127.0.0.1/not-started'

/** A whole shop of processes on one data folder. `stop` works at any time, also while `start` is on its way. */
export class Shop {
  readonly given: GivenSettings
  readonly dataDir: string
  /** Resolves when a process refused its settings after the start: the shop cannot go on. */
  readonly refused: Promise<OperatorError>
  settings: Settings = {}
  secrets: Secrets = {}
  private processes: ServiceProcess[] = []
  private databases: EmbeddedDatabases | undefined
  private lock: DataDirLock | undefined
  private starting: Promise<void> | undefined
  private stopping: Promise<void> | undefined
  private readonly abort = new AbortController()
  private readonly force = new AbortController()
  private refuse: (error: OperatorError) => void = () => {}

  constructor(private readonly options: ShopOptions) {
    this.given = readGivenSettings(options.rootDir, options.env)
    this.dataDir = dataDirOf(options.rootDir, this.given)
    this.refused = new Promise((resolve) => {
      this.refuse = resolve
    })
  }

  /** Resolves when every process is ready; a failure stops what was started and rejects. */
  start(): Promise<void> {
    this.starting ??= this.startAll()
    return this.starting.catch(async (error: unknown) => {
      await this.stop()
      throw error
    })
  }

  /** Stops everything in order within 5 s; called again with `force` it waits for nobody. */
  stop({ force = false } = {}): Promise<void> {
    if (force) this.force.abort()
    this.abort.abort()
    this.stopping ??= this.stopAll()
    return this.stopping
  }

  /** Where each process answers. */
  get urls(): Record<string, string> {
    return Object.fromEntries(chooseProcesses(this.given).map((spec) => [spec.name, addressOf(spec, this.given)]))
  }

  /** True when no database is the user's own. */
  get isEmbedded(): boolean {
    return chooseProcesses(this.given).every(({ database }) => !database || !this.given[database.setting])
  }

  pid(name: string): number | undefined {
    return this.processes.find((each) => each.name === name)?.pid
  }

  get postgresPid(): number | undefined {
    return this.databases?.pid()
  }

  /** Sends a signal to one process; the shop starts it again when that ends it. False when it does not run. */
  kill(name: string, signal: NodeJS.Signals): boolean {
    return this.processes.find((each) => each.name === name)?.kill(signal) ?? false
  }

  /** Resolves when a process answers that it is ready, after a kill for example. */
  async whenReady(name: string): Promise<void> {
    await this.processes.find((each) => each.name === name)?.whenReady(this.abort.signal)
  }

  /** Resident memory of each process, PostgreSQL apart. */
  memory(): ProcessMemory[] {
    return measureMemory(this.running())
  }

  private async startAll(): Promise<void> {
    const { rootDir, output, durable = true } = this.options
    const { given, dataDir } = this
    const { signal } = this.abort
    checkSettings(given)
    const specs = chooseProcesses(given)
    checkPrograms(specs, rootDir)
    prepareDataDir(dataDir)
    this.lock = lockDataDir(dataDir)
    finishMoves(dataDir)
    await endRemains(this.lock.remains, output, signal)
    await checkPorts(specs, given, this.lock.foundRemains ? remainsMs : 0, signal)
    signal.throwIfAborted()
    this.secrets = keepSecrets(dataDir)
    const { secrets } = this
    await this.checkConfigs(specs)
    signal.throwIfAborted()
    output('duka', 'starting the databases')
    this.databases = await startEmbeddedDatabases({ given, secrets, dataDir, durable, output, signal })
    this.settings = completeSettings(given, { secrets, databaseUrls: this.databases.urls, dataDir })
    signal.throwIfAborted()
    this.processes = specs.map((spec) => this.createProcess(spec))
    output('duka', `starting ${specs.map(({ name }) => name).join(', ')}`)
    for (const each of this.processes) each.start()
    // The gateway asks every other one whether it is ready, and would warn of those that do not listen yet.
    const isGateway = ({ name }: ServiceProcess) => name === 'gateway'
    await Promise.all(this.processes.filter((each) => !isGateway(each)).map((each) => each.whenReady(signal)))
    await this.processes.find(isGateway)?.whenReady(signal)
  }

  /** The addresses of databases that are not started yet are right in any case. */
  private checkConfigs(specs: readonly ProcessSpec[]): Promise<void> {
    const { given, secrets, dataDir } = this
    const unknown = services.flatMap(({ database }) => (database ? [[database.setting, notStarted]] : []))
    const settings = completeSettings(given, { secrets, databaseUrls: Object.fromEntries(unknown), dataDir })
    return checkConfigs(specs, this.options.rootDir, (spec) => environmentOf(spec, settings, secrets))
  }

  private createProcess(spec: ServiceProcess['spec']): ServiceProcess {
    return new ServiceProcess(spec, {
      rootDir: this.options.rootDir,
      env: environmentOf(spec, this.settings, this.secrets),
      url: addressOf(spec, this.given),
      output: this.options.output,
      onRefusal: (error) => this.refuse(error),
      onSpawn: () => this.lock?.publish({ urls: this.urls, processes: this.running(), given: this.given }),
    })
  }

  private async stopAll(): Promise<void> {
    // What start() is making at this moment it takes back itself, because its signal was aborted.
    await this.starting?.catch(() => {})
    await stopInOrder(this.processes, this.databases, this.force.signal)
    this.lock?.release()
  }

  private running(): { name: string; pid: number }[] {
    return this.processes.flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }]))
  }
}

/** Starts a whole shop; resolves when every process is ready. */
export async function startShop(options: ShopOptions): Promise<Shop> {
  const shop = new Shop(options)
  await shop.start()
  return shop
}

export function measureMemory(processes: { name: string; pid: number }[]): ProcessMemory[] {
  return processes
    .filter(({ pid }) => isRunning(pid))
    .map(({ name, pid }) => ({ name, pid, bytes: residentBytes(pid) ?? 0 }))
}

function checkPrograms(specs: readonly { entry: string }[], rootDir: string): void {
  const missing = specs.find(({ entry }) => !existsSync(join(rootDir, entry)))
  if (missing) throw new OperatorError(`${missing.entry} is missing: build first with npm run build.`)
}
