import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { type Migration, migrateDatabase } from '../packages/kit/src/migrate'
import { type Postgres, removePostgres, startPostgres } from '../scripts/postgres'
import { isRunning, signalProcess } from '../scripts/process-info'

const services = ['auth', 'product', 'cart', 'order', 'payment']
const folderPattern = /^duka-test-(\d+)$/
const kept = globalThis as { dukaTestPostgres?: Postgres }

/** Starts a PostgreSQL for one test run, with a migrated `template_<service>` for each service. Returns the admin's URL. */
export async function createTestDatabases(): Promise<string> {
  await removeLeftovers()
  buildKit()
  const postgres = await startPostgres({
    dataDir: join(tmpdir(), `duka-test-${process.pid}`),
    password: randomBytes(12).toString('hex'),
    durable: false,
    maxConnections: 300,
  })
  kept.dukaTestPostgres = postgres
  stopAtExit(postgres)
  for (const service of services) await createTemplate(postgres, service)
  return postgres.adminUrl('postgres')
}

export async function removeTestDatabases(): Promise<void> {
  await kept.dukaTestPostgres?.stop()
  await removePostgres(join(tmpdir(), `duka-test-${process.pid}`))
}

// A run that Ctrl-C ends never comes to its teardown.
function stopAtExit(postgres: Postgres): void {
  process.once('exit', () => signalProcess(postgres.pid, 'SIGQUIT'))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
}

async function createTemplate(postgres: Postgres, service: string): Promise<void> {
  const file = join(__dirname, `../services/${service}/src/migrations/index.ts`)
  if (!existsSync(file)) return
  const client = new Client({ connectionString: postgres.adminUrl('postgres') })
  await client.connect()
  try {
    await client.query(`CREATE DATABASE template_${service}`)
  } finally {
    await client.end()
  }
  const { migrations } = (await import(file)) as { migrations: Migration[] }
  await migrateDatabase(postgres.adminUrl(`template_${service}`), migrations)
}

// Migrations may import the kit, and outside of Jest's own resolver that means what is built of it.
function buildKit(): void {
  const compiler = join(__dirname, '../node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [compiler, '-b', join(__dirname, '../packages/kit')], { stdio: 'inherit' })
}

// A killed run leaves its server and its folder.
async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = folderPattern.exec(name)?.[1]
    if (pid && !isRunning(Number(pid))) await removePostgres(join(tmpdir(), name))
  }
}
