import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePortSettings } from '../scripts/free-port'
import { removePostgres } from '../scripts/postgres'
import { services, settingNames, simulators } from '../scripts/supervisor/processes'
import { readRunningShop } from '../scripts/supervisor/running-shop'
import { buildAll, SupervisorProcess } from './start-support'

const rootDir = join(__dirname, '..')
const dataDir = join(mkdtempSync(join(tmpdir(), 'duka-real-')), 'data')
const env: NodeJS.ProcessEnv = {}
let gateway: string

// An empty setting hides what a developer's own .env says: no test may reach a database that it did not make.
beforeAll(async () => {
  buildAll()
  for (const name of settingNames) env[name] = ''
  Object.assign(env, await freePortSettings([...services, ...simulators]))
  gateway = `http://127.0.0.1:${env.GATEWAY_PORT}`
}, 300_000)

afterAll(async () => {
  await removePostgres(join(dataDir, 'postgres'))
  rmSync(join(dataDir, '..'), { recursive: true, force: true })
})

const start = () =>
  new SupervisorProcess(rootDir, { ...env, DUKA_DATA_DIR: dataDir, LOG_LEVEL: 'error' }, { seed: true })

function printedAccount(output: string, kind: 'Admin' | 'Customer'): { email: string; password: string } {
  const [, email = '', password = ''] = new RegExp(`${kind} +(\\S+) +password (\\S+)`).exec(output) ?? []
  return { email, password }
}

async function logIn(account: { email: string; password: string }): Promise<{ status: number; role: string }> {
  const response = await fetch(`${gateway}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  })
  const body = (await response.json()) as { user?: { role: string } }
  return { status: response.status, role: body.user?.role ?? '' }
}

async function listProducts(): Promise<{ products: { category: string; imageUrl: string }[]; totalProducts: number }> {
  const response = await fetch(`${gateway}/api/products?limit=100`)
  return (await response.json()) as Awaited<ReturnType<typeof listProducts>>
}

test('a fresh shop starts, is stocked, mends itself, stops, and is the same shop at the next start', async () => {
  const first = start()
  await first.untilPrinted('Duka is ready after')

  const { products, totalProducts } = await listProducts()
  expect(totalProducts).toBeGreaterThanOrEqual(60)
  expect(new Set(products.map(({ category }) => category)).size).toBeGreaterThanOrEqual(8)
  const picture = await fetch(products[0]?.imageUrl ?? '')
  expect(picture.headers.get('content-type')).toContain('image/svg+xml')

  const [admin, customer] = [printedAccount(first.output, 'Admin'), printedAccount(first.output, 'Customer')]
  expect(await logIn(admin)).toEqual({ status: 200, role: 'admin' })
  expect(await logIn(customer)).toEqual({ status: 200, role: 'customer' })

  const auth = readRunningShop(dataDir)?.processes.find(({ name }) => name === 'auth')
  process.kill(auth?.pid as number, 'SIGKILL')
  await first.untilPrinted('auth is ready again')
  expect((await logIn(customer)).status).toBe(200)

  process.kill(readRunningShop(dataDir)?.pid as number, 'SIGUSR2')
  for (const { name } of services) await first.untilPrinted(`"event":"log_level","service":"${name}"`)

  const stopped = await first.end('SIGTERM')
  expect(stopped.code).toBe(0)

  const second = start()
  await second.untilPrinted('Duka is ready after')
  expect(printedAccount(second.output, 'Customer')).toEqual(customer)
  expect((await logIn(customer)).status).toBe(200)
  expect((await listProducts()).totalProducts).toBe(totalProducts)
  expect((await second.end('SIGINT')).code).toBe(0)
}, 300_000)
