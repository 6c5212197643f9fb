import { createTestDatabase, type TestDatabase } from '@duka/testkit'
import { Client } from 'pg'
import { databasesCheck, findProblems } from '../check-databases'
import { compareMigrations } from '../check-migrations'
import { installationOf } from './support'

let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase('order')
})
afterEach(() => database.drop())

const look = (url = database.url) => databasesCheck.run(installationOf({}, { databases: { order: url } }))

async function run(sql: string): Promise<void> {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}

function changed(edit: (url: URL) => void): string {
  const url = new URL(database.url)
  edit(url)
  return url.toString()
}

test('a database that is up to date is right, but for the superuser that tests connect as', async () => {
  const found = await look()
  expect(found.filter(({ level }) => level !== 'ok')).toMatchObject([{ says: 'its role is a superuser' }])
  expect(found.map(({ what }) => what)).toEqual(['order database', 'order migrations', 'order jobs'])
})

test('what is not migrated yet is a warning, and what this program does not know is wrong', async () => {
  await run(`DELETE FROM "SequelizeMeta" WHERE name = (SELECT max(name) FROM "SequelizeMeta")`)
  expect(await look()).toContainEqual(expect.objectContaining({ what: 'order migrations', level: 'warning' }))
  await run(`INSERT INTO "SequelizeMeta" VALUES ('999-from-the-future')`)
  const newer = { what: 'order migrations', level: 'wrong', says: expect.stringMatching(/999-from-the-future/) }
  expect(await look()).toContainEqual(expect.objectContaining(newer))
  expect(compareMigrations('x', ['a'], ['a'])).toMatchObject([{ level: 'ok' }])
})

test('jobs that gave up, and jobs that nobody gets to, are warnings', async () => {
  await run(`SELECT graphile_worker.add_job('late', run_at => now() - interval '1 hour')`)
  expect(await look()).toContainEqual(
    expect.objectContaining({ level: 'warning', says: expect.stringMatching(/^1 are due/) }),
  )
  await run('UPDATE graphile_worker._private_jobs SET attempts = max_attempts')
  expect(await look()).toContainEqual(
    expect.objectContaining({ level: 'warning', says: expect.stringMatching(/^1 gave up/) }),
  )
})

test.each([
  ['28P01', (url: URL) => (url.password = 'hidden-word'), /correct its user and password/],
  ['3D000', (url: URL) => (url.pathname = '/no_such_db'), /correct the name of its database/],
  ['ECONNREFUSED', (url: URL) => (url.port = '1'), /start the server/],
])('a database that refuses with %s is wrong', async (code, edit, mend) => {
  const found = await look(changed(edit))
  expect(found).toMatchObject([
    { level: 'wrong', says: `does not answer (${code})`, mend: expect.stringMatching(mend) },
  ])
  expect(JSON.stringify(found)).not.toContain('hidden-word')
})

test('two services on one database are wrong', async () => {
  const databases = { order: database.url, cart: database.url }
  const found = await databasesCheck.run(installationOf({}, { databases }))
  expect(found).toContainEqual(expect.objectContaining({ what: 'cart database', says: 'is the one of order' }))
})

const good = {
  version: 17,
  role: 'order',
  superuser: false,
  can_create: true,
  replica: false,
  encoding: 'UTF8',
  tls: true,
}
const remote = 'postgres://order@db.example.com/order_db'

test.each([
  [{}, remote, []],
  [{ version: 11 }, remote, ['wrong']],
  [{ replica: true }, remote, ['wrong']],
  [{ can_create: false }, remote, ['wrong']],
  [{ encoding: 'LATIN1' }, remote, ['wrong']],
  [{ superuser: true }, remote, ['warning']],
  [{ tls: false }, remote, ['warning']],
  [{ tls: false }, 'postgres://order@localhost/order_db', []],
  [{ tls: false }, 'postgres://order@order-db/order_db', []],
])('a server that says %j of itself at %s', (facts, url, levels) => {
  expect(findProblems('x', { ...good, ...facts }, url).map(({ level }) => level)).toEqual(levels)
})
