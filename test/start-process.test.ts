import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isRunning } from '../scripts/process-info'
import { services, simulators } from '../scripts/supervisor/processes'
import { readRunningShop } from '../scripts/supervisor/running-shop'
import { buildSupervisor, createStandInShop, SupervisorProcess, until } from './start-support'

// A machine that is busy with other tests starts a shop of stand-ins slowly.
jest.setTimeout(120_000)

let standIns: Awaited<ReturnType<typeof createStandInShop>>

// Making databases takes longest: the tests share a folder, on which nothing may be left running between them.
beforeAll(async () => {
  buildSupervisor()
  standIns = await createStandInShop()
}, 300_000)
afterEach(() => expect(remains()).toEqual([]))
afterAll(() => standIns.remove())

const start = (env: NodeJS.ProcessEnv = {}, args: string[] = []) =>
  new SupervisorProcess(standIns.rootDir, { ...standIns.env, ...env }, { args })

/** The processes that work for this shop: their command lines, or PostgreSQL's, name its folder. */
function remains(): string[] {
  const list = execFileSync('ps', ['-eo', 'pid=,stat=,args='], { encoding: 'utf8' }).split('\n')
  const pids = processesOf.map(String)
  return list.filter((line) => {
    const [pid = '', state = ''] = line.trim().split(/\s+/)
    return !state.startsWith('Z') && (line.includes(standIns.rootDir) || pids.includes(pid))
  })
}
const dataDir = () => join(standIns.rootDir, '.duka')
let processesOf: number[] = []
function rememberProcesses(): void {
  processesOf = readRunningShop(dataDir())?.processes.map(({ pid }) => pid) ?? []
  expect(processesOf).toHaveLength(services.length + simulators.length)
}

// First, while there is no database yet: the early ones come while it is made.
test('a signal stops it at any moment of its start', async () => {
  for (const ms of [50, 200, 400, 700, 1000]) {
    const supervisor = start()
    await supervisor.untilPrinted('starting the databases')
    await delay(ms)
    const end = await supervisor.end('SIGTERM')
    expect(end.code).toBe(0)
    expect(remains()).toEqual([])
  }
  const supervisor = start()
  await supervisor.untilPrinted('Duka is ready after')
  await supervisor.end('SIGTERM')
}, 300_000)

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s stops everything', async (signal) => {
  const supervisor = start()
  await supervisor.untilPrinted('Duka is ready after')
  rememberProcesses()
  const { code } = await supervisor.end(signal)
  expect(code).toBe(0)
})

test('a signal stops it while a process does not become ready', async () => {
  const supervisor = start({ LOG_LEVEL: 'never-ready:order' })
  await supervisor.untilPrinted('starting gateway')
  const { code } = await supervisor.end('SIGINT')
  expect(code).toBe(0)
})

test('a process that ignores the stop is killed in time', async () => {
  const supervisor = start({ LOG_LEVEL: 'stuck:order' })
  await supervisor.untilPrinted('Duka is ready after')
  const { code } = await supervisor.end('SIGTERM')
  expect(code).toBe(0)
})

test('a second signal waits for nobody', async () => {
  const supervisor = start({ LOG_LEVEL: 'stuck:order' })
  await supervisor.untilPrinted('Duka is ready after')
  process.kill(supervisor.pid, 'SIGINT')
  await delay(600)
  const { code } = await supervisor.end('SIGINT')
  expect(code).toBe(0)
})

test('when it is killed its processes end, and the next start finds the left-over PostgreSQL', async () => {
  const killed = start()
  await killed.untilPrinted('Duka is ready after')
  rememberProcesses()
  const password = /password (\S+)/.exec(killed.output)?.[1]
  await killed.end('SIGKILL')
  await until(() => processesOf.every((pid) => !isRunning(pid)))
  const next = start()
  await next.untilPrinted('Duka is ready after')
  expect(next.output).toContain(`password ${password}`)
  await next.end('SIGTERM')
})

test('a start that meets what a killed one left says so, and ends what does not end by itself', async () => {
  const killed = start({ LOG_LEVEL: 'stay:order' })
  await killed.untilPrinted('Duka is ready after')
  rememberProcesses()
  const order = readRunningShop(dataDir())?.processes.find(({ name }) => name === 'order')?.pid
  await killed.end('SIGKILL')
  const next = start()
  await next.untilPrinted('Duka is ready after')
  expect(next.output).toContain('an earlier npm start here was killed: waiting for what it left to end')
  expect(next.output).toContain(`ending what does not end by itself: order (process ${order})`)
  await next.end('SIGTERM')
})

test('a reader of its lines that ends, ends nothing', async () => {
  const supervisor = start()
  await supervisor.untilPrinted('starting gateway')
  supervisor.stopReading()
  await until(() => readRunningShop(dataDir())?.processes.length === services.length + simulators.length)
  rememberProcesses()
  const order = () => readRunningShop(dataDir())?.processes.find(({ name }) => name === 'order')?.pid as number
  const before = order()
  // Its death and its new start are told to nobody.
  process.kill(before, 'SIGKILL')
  await until(() => order() !== before && isRunning(order()))
  expect((await supervisor.end('SIGTERM')).code).toBe(0)
})

test('wrong settings end it with one line and their exit code', async () => {
  const supervisor = start({ GATEWAY_PORT: 'abc' })
  expect((await supervisor.end()).code).toBe(78)
  expect(supervisor.output).toBe('GATEWAY_PORT must be a port number from 1 to 65535, but is "abc".\n')
  const reset = start({ AUTH_DATABASE_URL: 'postgres://me@db.example/auth' }, ['--reset'])
  expect((await reset.end()).code).toBe(78)
  expect(reset.output).toMatch(/^--reset only throws away .* unset AUTH_DATABASE_URL first\.\n$/)
})

test('what a service would refuse is said once, before anything is started', async () => {
  const supervisor = start({ LOG_LEVEL: 'unreadable' })
  expect((await supervisor.end()).code).toBe(78)
  expect(supervisor.output).toBe('LOG_LEVEL must be one of error, warn, info\n')
})

test('a process that refuses its settings ends it with the same exit code', async () => {
  const supervisor = start({ LOG_LEVEL: 'refuse:cart' })
  expect((await supervisor.end()).code).toBe(78)
  expect(supervisor.output).toContain('cart refuses its settings. LOG_LEVEL must be one of error, warn, info')
})

test('an old Node gets one line', () => {
  const pretend = "Object.defineProperty(process, 'versions', { value: { node: '18.20.4' } })"
  const program = `${pretend}; import(${JSON.stringify(join(__dirname, '../scripts/start.mjs'))})`
  const { status, stderr, stdout } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' })
  expect({ status, stderr, stdout }).toEqual({
    status: 1,
    stderr: 'Node 18.20.4 is too old: install Node 20.19 or newer from nodejs.org.\n',
    stdout: '',
  })
})

test('a data folder that cannot be made is one line, not a hang', async () => {
  const supervisor = start({ DUKA_DATA_DIR: '/proc/duka' })
  expect(await supervisor.end()).toEqual({ code: 1 })
  expect(supervisor.output).toContain('The data folder /proc/duka cannot be used (ENOENT)')
})
