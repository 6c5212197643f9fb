import { createTestDatabase, type TestDatabase } from '@duka/testkit'
import { ConnectionError, DatabaseError, type Sequelize, UniqueConstraintError } from 'sequelize'
import { connectDatabase, queryRow, queryRows, searchRows } from '../src'

let testDatabase: TestDatabase
let database: Sequelize

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  // One connection, so that what it keeps prepared can be read from it.
  database = connectDatabase({ url: testDatabase.url, applicationName: 'test', poolMax: 1 })
  await queryRows(database, 'CREATE TABLE things (id int PRIMARY KEY, name text)')
})
afterAll(async () => {
  await database.close()
  await testDatabase.drop()
})
beforeEach(() => queryRows(database, 'DELETE FROM things'))

const prepared = async (sql: string) => {
  const found = await searchRows(database, 'SELECT name FROM pg_prepared_statements WHERE statement = $1', [sql])
  return found.length
}
const add = 'INSERT INTO things (id, name) VALUES ($1, $2) RETURNING id'

test('a statement is prepared once on a connection, and runs again with other values', async () => {
  expect(await queryRow(database, add, [1, 'a'])).toEqual({ id: 1 })
  expect(await queryRow(database, add, [2, null])).toEqual({ id: 2 })
  expect(await queryRows(database, 'SELECT id, name FROM things ORDER BY id')).toEqual([
    { id: 1, name: 'a' },
    { id: 2, name: null },
  ])
  expect(await prepared(add)).toBe(1)
})

test('a search is planned for its values each time', async () => {
  const sql = 'SELECT id FROM things WHERE name = $1'
  expect(await searchRows(database, sql, ['a'])).toEqual([])
  expect(await prepared(sql)).toBe(0)
})

test('a statement that gives every column goes on when a newer version adds one', async () => {
  await queryRow(database, add, [1, 'a'])
  const [read, change] = ['SELECT t.* FROM things t', 'UPDATE things SET name = $1 RETURNING *']
  expect(await queryRows(database, read)).toEqual([{ id: 1, name: 'a' }])
  await queryRows(database, change, ['b'])
  await queryRows(database, 'ALTER TABLE things ADD COLUMN since date')
  expect(await queryRows(database, read)).toEqual([{ id: 1, name: 'b', since: null }])
  expect(await queryRows(database, change, ['c'])).toEqual([{ id: 1, name: 'c', since: null }])
  expect(await queryRow(database, add, [2, 'd'])).toEqual({ id: 2 })
})

test('a transaction is one, and takes no statement after its end', async () => {
  const left = database.transaction(async (transaction) => {
    await queryRow(database, add, [1, 'a'], transaction)
    throw new Error('changed my mind')
  })
  await expect(left).rejects.toThrow('changed my mind')
  expect(await queryRows(database, 'SELECT id FROM things')).toEqual([])
  const ended = await database.transaction(async (transaction) => transaction)
  await expect(queryRow(database, add, [1, 'a'], ended)).rejects.toThrow(/end of its transaction|after the commit/)
})

test('errors are those of Sequelize', async () => {
  await queryRow(database, add, [1, 'a'])
  await expect(queryRow(database, add, [1, 'a'])).rejects.toThrow(UniqueConstraintError)
  await expect(queryRow(database, 'SELECT no_such_column')).rejects.toThrow(DatabaseError)
  expect(await queryRow(database, 'SELECT 1 AS one')).toEqual({ one: 1 })
})

test('a connection that the server cut is not used again', async () => {
  const pid = 'SELECT pg_backend_pid() AS pid'
  const before = await queryRow<{ pid: number }>(database, pid)
  const cut = queryRow(database, 'SELECT pg_terminate_backend(pg_backend_pid())')
  await expect(cut).rejects.toThrow(/terminat/)
  const after = await queryRow<{ pid: number }>(database, pid)
  expect(after?.pid).not.toBe(before?.pid)
})

test('a database that is not there is a connection error', async () => {
  const nowhere = connectDatabase({ url: 'postgres://a@127.0.0.1:1/none', applicationName: 'test', poolMax: 1 })
  await expect(queryRow(nowhere, 'SELECT 1')).rejects.toThrow(ConnectionError)
  await nowhere.close()
})
