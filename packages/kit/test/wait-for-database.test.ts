import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { captureLog, createTestDatabase, type TestDatabase } from '@duka/testkit'
import { migrateDatabase } from '../src'
import { explainStart } from '../src/explain-start'

let testDatabase: TestDatabase

beforeEach(async () => {
  testDatabase = await createTestDatabase()
})
afterEach(() => testDatabase.drop())

/** PostgreSQL's answer to a connection while it recovers. */
function refusal(): Buffer {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P03\0Mthe database system is not yet accepting connections\0\0')
  const head = Buffer.from('E\0\0\0\0')
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
}

/** Stands before the real server, and says to so many connections that it is starting. */
async function startRecovering(times: number) {
  const target = new URL(testDatabase.url)
  let left = times
  const server = createServer((socket) => {
    socket.on('error', () => {})
    if (left > 0) {
      left -= 1
      socket.once('data', () => socket.end(refusal()))
      return
    }
    const real = connect(Number(target.port), target.hostname)
    real.on('error', () => socket.destroy())
    socket.pipe(real).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = Object.assign(new URL(testDatabase.url), { port: String((server.address() as AddressInfo).port) })
  return { url: url.toString(), left: () => left, stop: () => server.close() }
}

test('a start waits for a database that recovers, and says so once', async () => {
  const recovering = await startRecovering(4)
  const { log, lines } = captureLog()
  await migrateDatabase(recovering.url, [], log, { pauseMs: 1 })
  recovering.stop()
  expect(recovering.left()).toBe(0)
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ event: 'database_awaited', code: '57P03' }])
})

test('it does not wait for ever, and then says what is the matter', async () => {
  const recovering = await startRecovering(1_000)
  const { log, lines } = captureLog()
  const error = await migrateDatabase(recovering.url, [], log, { startingMs: 0 }).catch((error: unknown) => error)
  recovering.stop()
  expect(lines).toEqual([])
  expect(explainStart('order', error)).toEqual({
    line: 'The server of ORDER_DATABASE_URL is still starting (57P03): wait for it, or look at its log.',
    isLasting: false,
  })
})

test('it waits for nothing that waiting does not mend, and not at all where all is well', async () => {
  const { log, lines } = captureLog()
  const nowhere = Object.assign(new URL(testDatabase.url), { pathname: '/nothing' }).toString()
  await expect(migrateDatabase(nowhere, [], log)).rejects.toThrow('does not exist')
  await expect(migrateDatabase('postgres://127.0.0.1:1/x', [], log, { absentMs: 0 })).rejects.toThrow('ECONNREFUSED')
  await migrateDatabase(testDatabase.url, [], log)
  expect(lines).toEqual([])
})
