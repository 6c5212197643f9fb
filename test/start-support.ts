import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePortSettings } from '../scripts/free-port'
import { removePostgres } from '../scripts/postgres'
import { services, simulators } from '../scripts/supervisor/processes'

const repository = join(__dirname, '..')

// Says what it was given, and misbehaves where LOG_LEVEL names it.
const standIn = `
const { createServer } = require('node:http')
const { join } = require('node:path')
const name = process.argv[1].split('/').at(-3)
const port = Number(process.env[${JSON.stringify(portNames())}[name]])
const does = (what) => process.env.LOG_LEVEL === what + ':' + name
if (does('refuse')) {
  console.error('LOG_LEVEL must be one of error, warn, info')
  process.exit(78)
}
if (does('crash')) process.exit(3)
const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json')
  response.statusCode = does('never-ready') ? 503 : 200
  response.end(JSON.stringify(process.env))
})
server.listen(port, '127.0.0.1')
if (!does('stay')) process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => {
  console.log('stopping')
  if (!does('stuck')) process.exit(0)
})
`

const config = `
exports.loadConfig = (env) => {
  if (env.LOG_LEVEL !== 'unreadable') return
  throw Object.assign(new Error(), { problems: ['LOG_LEVEL must be one of error, warn, info'] })
}
`

/** Where each process is told to listen. */
function portNames(): Record<string, string> {
  return Object.fromEntries([...services, ...simulators].map(({ name, portSetting }) => [name, portSetting]))
}

/** A folder with a stand-in for each process of the shop, and settings that start it on free ports. */
export async function createStandInShop(): Promise<{
  rootDir: string
  env: NodeJS.ProcessEnv
  remove(): Promise<void>
}> {
  const rootDir = mkdtempSync(join(tmpdir(), 'duka-start-'))
  // PostgreSQL of a root user runs as another one, who has to get here.
  chmodSync(rootDir, 0o755)
  const env: NodeJS.ProcessEnv = {}
  for (const { entry } of [...services, ...simulators]) {
    mkdirSync(dirname(join(rootDir, entry)), { recursive: true })
    writeFileSync(join(rootDir, entry), standIn)
    writeFileSync(join(rootDir, dirname(entry), 'config.js'), config)
  }
  Object.assign(env, await freePortSettings([...services, ...simulators]))
  const remove = async () => {
    await removePostgres(join(rootDir, '.duka/postgres'))
    rmSync(rootDir, { recursive: true, force: true })
  }
  return { rootDir, env, remove }
}

/** What `npm start` runs once everything is installed and built, as a process of its own. */
export class SupervisorProcess {
  output = ''
  private readonly child: ChildProcess

  constructor(rootDir: string, env: NodeJS.ProcessEnv, { args = [] as string[], seed = false } = {}) {
    const program = `require(${JSON.stringify(join(repository, 'scripts/dist/supervisor.js'))})
      .main(${JSON.stringify(args)}, { rootDir: ${JSON.stringify(rootDir)}, ${seed ? '' : 'seed: null'} })`
    this.child = spawn(process.execPath, ['-e', program], { env: { PATH: process.env.PATH, ...env } })
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
      })
    }
  }

  get pid(): number {
    return this.child.pid as number
  }

  async untilPrinted(text: string): Promise<void> {
    const deadline = Date.now() + 40_000
    while (!this.output.includes(text)) {
      if (Date.now() > deadline) throw new Error(`"${text}" was never printed, but:\n${this.output}`)
      await delay(20)
    }
  }

  stopReading(): void {
    this.child.stdout?.destroy()
    this.child.stderr?.destroy()
  }

  /** Sends a signal, unless none is given, and waits for the end. */
  async end(signal?: NodeJS.Signals): Promise<{ code: number | null }> {
    const closed =
      this.child.exitCode === null && this.child.signalCode === null ? once(this.child, 'close') : undefined
    if (signal) this.child.kill(signal)
    await closed
    return { code: this.child.exitCode }
  }
}

/** Compiles what runs as a process of its own; type errors are told by the build, not by these tests. */
export function buildSupervisor(): void {
  compile(join(repository, 'scripts'))
}

export function buildAll(): void {
  compile(repository)
}

function compile(project: string): void {
  spawnSync(process.execPath, [join(repository, 'node_modules/typescript/bin/tsc'), '-b', project])
}

export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('This never came about.')
    await delay(20)
  }
}
