import { createTestDatabase, type TestDatabase } from '@duka/testkit'
import type { Sequelize } from 'sequelize'
import { connectDatabase, createUmzug, type Migration, migrateDatabase, queryRow, queryRows } from '../src'

const first: Migration = {
  name: '001-create-things',
  up: 'CREATE TABLE things (id int PRIMARY KEY); INSERT INTO things VALUES (1)',
  down: 'DROP TABLE things',
}
// Long enough for two that do not wait for each other to meet.
const second: Migration = {
  name: '002-add-name',
  up: `SELECT pg_sleep(0.2); ALTER TABLE things ADD COLUMN name text; INSERT INTO things VALUES (2)`,
  down: 'ALTER TABLE things DROP COLUMN name',
}
const broken: Migration = {
  name: '003-broken',
  up: 'INSERT INTO things VALUES (3); SELECT no_such_column',
  down: '',
}

let testDatabase: TestDatabase
let database: Sequelize

beforeEach(async () => {
  testDatabase = await createTestDatabase()
  database = connectDatabase({ url: testDatabase.url, applicationName: 'test', poolMax: 2 })
})
afterEach(async () => {
  await database.close()
  await testDatabase.drop()
})

const things = () => queryRows(database, 'SELECT id FROM things ORDER BY id')
const done = () => queryRows<{ name: string }>(database, 'SELECT name FROM "SequelizeMeta" ORDER BY name')

test('an empty database gets every step, and the queue, once, whoever else is at it', async () => {
  await Promise.all(Array.from({ length: 2 }, () => migrateDatabase(testDatabase.url, [first, second])))
  expect(await things()).toEqual([{ id: 1 }, { id: 2 }])
  expect(await done()).toEqual([{ name: first.name }, { name: second.name }])
  expect(await queryRow(database, `SELECT to_regclass('graphile_worker.jobs') IS NOT NULL AS has_queue`)).toEqual({
    has_queue: true,
  })
})

test('only new steps run', async () => {
  await migrateDatabase(testDatabase.url, [first])
  await migrateDatabase(testDatabase.url, [first, second])
  await migrateDatabase(testDatabase.url, [first, second])
  expect(await things()).toEqual([{ id: 1 }, { id: 2 }])
})

test('a step that fails leaves nothing of itself, keeps the ones before, and lets the next start through', async () => {
  await expect(migrateDatabase(testDatabase.url, [first, broken])).rejects.toThrow(/003-broken/)
  expect(await things()).toEqual([{ id: 1 }])
  expect(await done()).toEqual([{ name: first.name }])
  await migrateDatabase(testDatabase.url, [first, second])
  expect(await things()).toEqual([{ id: 1 }, { id: 2 }])
})

test('a step goes down as it came up', async () => {
  await migrateDatabase(testDatabase.url, [first])
  await (await createUmzug(database, [first])).down()
  expect(await queryRow(database, `SELECT to_regclass('things') AS found`)).toEqual({ found: null })
  expect(await done()).toEqual([])
})
