import { rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { Client } from 'pg'
import { services } from '../scripts/supervisor/processes'
import { resetData } from '../scripts/supervisor/reset-data'
import { Shop, startShop } from '../scripts/supervisor/shop'
import { createStandInShop, until } from './start-support'

let standIns: Awaited<ReturnType<typeof createStandInShop>>
let lines: string[]

// Making databases takes longest: the tests share a folder, and each starts and stops a shop of its own on it.
beforeAll(async () => {
  standIns = await createStandInShop()
})
beforeEach(() => {
  lines = []
})
afterAll(() => standIns.remove())

const output = (name: string, line: string) => void lines.push(`${name}: ${line}`)
const options = (env: NodeJS.ProcessEnv = {}) => ({
  rootDir: standIns.rootDir,
  env: { ...standIns.env, ...env },
  output,
  durable: false,
})

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  try {
    await client.connect()
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

function databaseUrl(shop: Shop, service: string): string {
  return shop.settings[`${service.toUpperCase()}_DATABASE_URL`] as string
}

test('starts every process, and stops all: the gateway first, the simulators last', async () => {
  const shop = await startShop(options())
  try {
    const names = [...services.map(({ name }) => name), 'daraja', 'stripe']
    const answers = names.map(async (name) => (await fetch(`${shop.urls[name]}/env`)).status)
    expect(await Promise.all(answers)).toEqual(names.map(() => 200))
    expect(shop.memory().map(({ name }) => name)).toEqual(names)
    for (const { bytes } of shop.memory()) expect(bytes).toBeGreaterThan(10e6)
  } finally {
    await shop.stop()
  }
  expect(shop.memory()).toEqual([])
  expect(shop.pid('gateway')).toBeUndefined()
  const order = lines.filter((line) => line.endsWith(': stopping')).map((line) => line.split(':')[0])
  expect(order).toHaveLength(8)
  expect([order.at(0), order.slice(-2).sort()]).toEqual(['gateway', ['daraja', 'stripe']])
  await expect(query(databaseUrl(shop, 'auth'), 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
})

test('a role reaches its own database and no other', async () => {
  const shop = await startShop(options())
  try {
    const own = databaseUrl(shop, 'auth')
    expect(await query(own, 'SELECT current_user AS name')).toEqual([{ name: 'auth' }])
    await query(own, 'CREATE EXTENSION pg_trgm')
    for (const other of ['product_db', 'cart_db', 'order_db', 'payment_db', 'postgres', 'template1']) {
      const url = Object.assign(new URL(own), { pathname: `/${other}` }).toString()
      await expect(query(url, 'SELECT 1')).rejects.toThrow('permission denied for database')
    }
  } finally {
    await shop.stop()
  }
})

test('data and secrets stay between starts, and go with a reset', async () => {
  const first = await startShop(options())
  await query(databaseUrl(first, 'cart'), 'CREATE TABLE kept (id int)')
  await first.stop()
  const second = await startShop(options())
  expect(second.secrets).toEqual(first.secrets)
  await query(databaseUrl(second, 'cart'), 'SELECT * FROM kept')
  await expect(resetData(second.dataDir, second.given, () => {})).rejects.toThrow('already runs')
  await second.stop()
  expect(statSync(join(second.dataDir, 'secrets.json')).mode & 0o777).toBe(0o600)
  await resetData(second.dataDir, second.given, () => {})
  const third = await startShop(options())
  expect(third.secrets.adminPassword).not.toBe(first.secrets.adminPassword)
  await expect(query(databaseUrl(third, 'cart'), 'SELECT * FROM kept')).rejects.toThrow('does not exist')
  await third.stop()
})

test('a process that dies is started again, PostgreSQL too', async () => {
  const shop = await startShop(options())
  try {
    const before = shop.pid('payment')
    expect(shop.kill('payment', 'SIGKILL')).toBe(true)
    await until(() => lines.includes('duka: payment is ready again'))
    expect(lines).toContain('duka: payment died (SIGKILL); starting it again in 0.25 s')
    expect(shop.pid('payment')).not.toBe(before)
    const postgres = shop.postgresPid as number
    process.kill(postgres, 'SIGKILL')
    await until(() => shop.postgresPid !== postgres)
    expect(await query(databaseUrl(shop, 'order'), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  } finally {
    await shop.stop()
  }
})

test('a second shop on the same folder is refused and leaves the first alone', async () => {
  const shop = await startShop(options())
  try {
    await expect(startShop(options())).rejects.toThrow(`A shop already runs on ${shop.dataDir}`)
    expect(await query(databaseUrl(shop, 'auth'), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  } finally {
    await shop.stop()
  }
})

test('a taken port is named with its setting', async () => {
  const port = Number(standIns.env.ORDER_PORT)
  const server = createServer().listen(port, '127.0.0.1')
  await expect(startShop(options())).rejects.toThrow(`Port ${port} (ORDER_PORT) is taken`)
  server.close()
})

test('with a database given for each service PostgreSQL is not started', async () => {
  const urls = services.flatMap(({ database }) => (database ? [[database.setting, 'postgres://me@db.example/x']] : []))
  const shop = await startShop(options(Object.fromEntries(urls)))
  expect(shop.postgresPid).toBeUndefined()
  expect(shop.isEmbedded).toBe(false)
  await shop.stop()
})

test('a process that refuses its settings fails the start with what it said', async () => {
  const shop = new Shop(options({ LOG_LEVEL: 'refuse:payment' }))
  await expect(shop.start()).rejects.toMatchObject({
    exitCode: 78,
    message: 'payment refuses its settings. LOG_LEVEL must be one of error, warn, info',
  })
  expect(shop.memory()).toEqual([])
})

test('a process that dies again and again fails the start', async () => {
  await expect(startShop(options({ LOG_LEVEL: 'crash:cart' }))).rejects.toThrow('cart died 5 times before it was ready')
})

test('secrets of another shop do not open these databases', async () => {
  await (await startShop(options())).stop()
  rmSync(join(standIns.rootDir, '.duka/secrets.json'))
  await expect(startShop(options())).rejects.toThrow('is not the one that these databases were made with')
})
