import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { audited, type DatabaseUrls, openBooks } from '../scripts/audit/books'
import { auditUntilQuiet, violationsOf } from '../scripts/audit/run-audit'
import { type RestoreOptions, restoreBackup } from '../scripts/backup/restore-backup'
import { type BackupOptions, writeBackup } from '../scripts/backup/write-backup'
import { freePortSettings } from '../scripts/free-port'
import { removePostgres } from '../scripts/postgres'
import { findDatabase } from '../scripts/supervisor/find-databases'
import { services, simulators } from '../scripts/supervisor/processes'
import { type Shop, startShop } from '../scripts/supervisor/shop'
import { startTestShop, TestShop } from './shop-support'
import { buildAll } from './start-support'

jest.setTimeout(300_000)

const rootDir = join(__dirname, '..')
const never = new AbortController().signal
const folder = mkdtempSync(join(tmpdir(), 'duka-backup-'))
const path = join(folder, 'backup.tar.gz')

let shop: TestShop
let before: Bought[]
let after: Bought

type Bought = { buyer: string; orderId: string }

beforeAll(async () => {
  buildAll()
  shop = await startTestShop(rootDir, { DARAJA_SIMULATOR_AUTO: 'pay' })
})

afterAll(async () => {
  await shop?.remove()
  rmSync(folder, { recursive: true, force: true })
})

async function buy(): Promise<Bought> {
  const { buyer, orderId, paymentId } = await shop.startToPay()
  await shop.untilPaid(buyer, orderId, paymentId)
  return { buyer, orderId }
}

function backUp(options: Partial<BackupOptions> = {}) {
  return writeBackup({ dataDir: shop.dataDir, given: {}, path, signal: never, ...options })
}

function restore(options: Partial<RestoreOptions> = {}) {
  return restoreBackup({ dataDir: shop.dataDir, given: {}, path, signal: never, dryRun: false, ...options })
}

/** The shop of a folder, on other ports than before. */
async function startOn(dataDir: string): Promise<{ running: Shop; shop: TestShop }> {
  const env = { DUKA_DATA_DIR: dataDir, RATE_LIMIT_FACTOR: '1000', BCRYPT_COST: '4' }
  const ports = await freePortSettings([...services, ...simulators])
  const running = await startShop({ rootDir, env: { ...env, ...ports }, output: () => {}, durable: false })
  return { running, shop: new TestShop(running, dataDir, []) }
}

function openTheBooks(running: Shop) {
  const urls = Object.fromEntries(
    audited.map((name) => [name, findDatabase(name, {}, running.dataDir)]),
  ) as DatabaseUrls
  return openBooks(urls, { daraja: running.urls.daraja, stripe: running.urls.stripe })
}

async function expectMoment(running: Shop, restored: TestShop): Promise<void> {
  const books = await openTheBooks(running)
  const found = await books.order.rows<{ id: string }>('SELECT id FROM orders WHERE id = ANY($1)', [
    [...before, after].map(({ orderId }) => orderId),
  ])
  await books.close()
  expect(found.map(({ id }) => id).sort()).toEqual(before.map(({ orderId }) => orderId).sort())
  // The tokens of that time are good: the keys that signed them are in the backup.
  for (const { buyer, orderId } of before) {
    expect((await restored.get(`/api/orders/${orderId}`, buyer)).body).toMatchObject({ order: { status: 'paid' } })
  }
}

async function expectInOrder(running: Shop): Promise<void> {
  const books = await openTheBooks(running)
  const results = await auditUntilQuiet(books, 90).finally(() => books.close())
  expect(violationsOf(results)).toEqual([])
  expect(results.find(({ name }) => name === 'mpesa-books')?.checked).toBeGreaterThanOrEqual(before.length)
}

test('a shop is backed up while customers buy, and is in another folder what it was at that moment', async () => {
  before = [await buy(), await buy()]
  let isOver = false
  const customers = Array.from({ length: 2 }, async () => {
    while (!isOver) await buy()
  })
  const copied: number[] = []
  const backup = await backUp({ onProgress: (bytes) => copied.push(bytes) })
  isOver = true
  await Promise.all(customers)
  after = await buy()
  expect(statSync(backup.path).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['backup.tar.gz'])
  expect(copied).toEqual([...copied].sort((a, b) => a - b))

  const dataDir = join(folder, 'elsewhere')
  try {
    expect(await restore({ dataDir })).toEqual({ moment: backup.moment, keptAside: [] })
    const { running, shop: restored } = await startOn(dataDir)
    try {
      await expectMoment(running, restored)
      await expectInOrder(running)
    } finally {
      await running.stop()
    }
  } finally {
    await removePostgres(join(dataDir, 'postgres'))
  }
})

test('a running shop is not restored', async () => {
  await expect(restore()).rejects.toThrow(/already runs/)
  expect((await shop.get('/api/products?limit=1')).status).toBe(200)
})

test('a backup that is called off leaves no file', async () => {
  const abort = new AbortController()
  const unfinished = join(folder, 'unfinished.tar.gz')
  const work = backUp({ path: unfinished, signal: abort.signal, onProgress: () => abort.abort() })
  await expect(work).rejects.toThrow(/abort/)
  expect(readdirSync(folder).filter((name) => name.startsWith('unfinished'))).toEqual([])
})

test('no backup is written over another file', async () => {
  await expect(backUp()).rejects.toThrow(/exists already/)
})

test('a backup is tried beside the running shop, which goes on', async () => {
  const names = readdirSync(shop.dataDir)
  expect((await restore({ dryRun: true })).keptAside).toEqual([])
  expect(readdirSync(shop.dataDir)).toEqual(names)
  await expect(restore()).rejects.toThrow(/already runs/)
})

test.each([
  ['/proc/duka/backup.tar.gz', "ENOENT: no such file or directory, mkdir '/proc/duka'\n"],
  [join(__filename, 'backup.tar.gz'), expect.stringMatching(/^ENOTDIR: .+\n$/)],
])('a backup that cannot be written to %s is one line, not a hang', (to, says) => {
  const args = [join(rootDir, 'scripts/dist/backup.js'), to]
  const env = { PATH: process.env.PATH, DUKA_DATA_DIR: shop.dataDir }
  const { status, stderr } = spawnSync(process.execPath, args, {
    env,
    encoding: 'utf8',
    timeout: 60_000,
    killSignal: 'SIGKILL',
  })
  expect({ status, stderr }).toEqual({ status: 1, stderr: says })
})

test('a stopped shop is backed up, restored over the same data, and the data from before are kept aside', async () => {
  await shop.stop()
  const stopped = join(folder, 'stopped.tar.gz')
  await backUp({ path: stopped })
  expect((await restore({ path: stopped, dryRun: true })).keptAside).toEqual([])

  const names = readdirSync(shop.dataDir)
  const cut = join(folder, 'cut.tar.gz')
  writeFileSync(cut, readFileSync(stopped).subarray(0, -100_000))
  await expect(restore({ path: cut })).rejects.toThrow(/no whole backup/)
  expect(readdirSync(shop.dataDir)).toEqual(names)

  const secrets = readFileSync(join(shop.dataDir, 'secrets.json'), 'utf8')
  const { keptAside } = await restore()
  expect(keptAside.length).toBeGreaterThanOrEqual(3)
  expect(keptAside.filter((each) => !existsSync(each))).toEqual([])
  expect(readFileSync(join(shop.dataDir, 'secrets.json'), 'utf8')).toBe(secrets)
  const { running, shop: restored } = await startOn(shop.dataDir)
  await expectMoment(running, restored).finally(() => running.stop())
})
