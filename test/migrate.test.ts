import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { connectDatabase, queryRows } from '@duka/kit'
import { createTestDatabase, type TestDatabase } from '@duka/testkit'
import { services } from '../scripts/supervisor/processes'
import { rootDir } from './compose-support'
import { buildAll } from './start-support'

const owners = services.flatMap(({ name, database }) => (database ? [{ name, setting: database.setting }] : []))

const probe = join(__dirname, 'list-packages.cjs')

beforeAll(buildAll, 120_000)

function migrate(name: string, env: NodeJS.ProcessEnv) {
  const program = join(rootDir, `services/${name}/dist/migrate.js`)
  const options = { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' } as const
  const run = spawnSync(process.execPath, ['--require', probe, program], options)
  return { ...run, packages: JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '') as string[] }
}

describe.each(owners)('the migrations of $name', ({ name, setting }) => {
  let testDatabase: TestDatabase
  beforeAll(async () => {
    testDatabase = await createTestDatabase()
  })
  afterAll(() => testDatabase.drop())

  async function doneSteps(): Promise<string[]> {
    const database = connectDatabase({ url: testDatabase.url, applicationName: 'test', poolMax: 1 })
    try {
      const rows = await queryRows<{ name: string }>(database, 'SELECT name FROM "SequelizeMeta" ORDER BY name')
      return rows.map((row) => row.name)
    } finally {
      await database.close()
    }
  }

  test('run by a program that needs its database alone, and ends; a second time it loads nothing to change it with', async () => {
    const env = { [setting]: testDatabase.url, NODE_ENV: 'production' }
    const first = migrate(name, env)
    expect([first.status, first.stderr]).toEqual([0, ''])
    const steps = await doneSteps()
    expect(steps.length).toBeGreaterThan(0)
    expect(first.stdout).toContain(steps.at(-1))
    expect(first.packages).toContain('umzug')
    const second = migrate(name, env)
    expect([second.status, second.packages.includes('umzug')]).toEqual([0, false])
    expect(await doneSteps()).toEqual(steps)
  })
})

test('a migration says what to mend where there is no address, or nobody there', () => {
  const without = migrate('order', {})
  expect([without.status, without.stderr]).toEqual([78, expect.stringContaining('ORDER_DATABASE_URL is not set')])
  const nobody = migrate('order', { ORDER_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })
  expect([nobody.status, nobody.stderr]).toEqual([1, expect.stringContaining('ORDER_DATABASE_URL cannot be reached')])
})
