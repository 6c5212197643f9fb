import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { captureLog, eventually } from '@duka/testkit'
import { DatabaseError, type Sequelize } from 'sequelize'
import { type Replicated, startReplicated } from '../../../test/replicated-postgres'
import { allowLag, connectDatabase, queryRow, queryRows, Reads } from '../src'
import { allMetrics } from '../src/metrics'

let servers: Replicated
let database: Sequelize
let replica: Sequelize

const connect = (url: string) =>
  connectDatabase({
    url,
    applicationName: 'test',
    poolMin: 0,
    poolMax: 2,
    acquireTimeoutMs: 1_000,
    connectTimeoutMs: 800,
  })

beforeAll(async () => {
  servers = await startReplicated(async () => undefined)
  database = connect(servers.primary.adminUrl('postgres'))
  replica = connect(servers.replicaAdminUrl('postgres'))
  await queryRows(database, 'CREATE TABLE things (id int PRIMARY KEY)')
}, 120_000)
afterAll(async () => {
  await database?.close()
  await replica?.close()
  await servers?.remove()
})
beforeEach(async () => {
  await servers.resumeReplay()
  await queryRows(database, 'DELETE FROM things')
  await servers.catchUp()
})

function readWith(other: Sequelize) {
  const clock = { now: 100_000 }
  const { log, lines } = captureLog()
  const reads = new Reads({ primary: database, replica: other, log, now: () => clock.now })
  const ask = async (maxLagMs: number, sql: string) =>
    allowLag(
      maxLagMs,
      () => queryRow<Record<string, unknown>>(reads, sql),
      () => undefined,
      () => clock.now,
    )
  return {
    clock,
    reads,
    said: () => lines.map((line) => JSON.parse(line).event),
    ask,
    /** Which of the two runs what may be so old. */
    async placeOf(maxLagMs: number) {
      const { value } = await ask(maxLagMs, 'SELECT pg_is_in_recovery() AS at_replica')
      return value?.at_replica ? 'replica' : 'primary'
    },
    countOf: async (maxLagMs: number) =>
      (await ask(maxLagMs, 'SELECT count(*)::int AS count FROM things')).value?.count,
  }
}

test('what did not say how old it may be is read at the primary, and the rest where it is proven not to be older', async () => {
  const { clock, reads, ask, placeOf } = readWith(replica)
  expect(await placeOf(5_000)).toBe('primary')
  await reads.lookAtPrimary()
  expect(await placeOf(5_000)).toBe('replica')
  const atReplica = 'SELECT pg_is_in_recovery() AS at_replica'
  expect(await queryRow(reads, atReplica)).toEqual({ at_replica: false })
  clock.now += 700
  expect(await placeOf(699)).toBe('primary')
  expect(await placeOf(700)).toBe('replica')
  expect(await ask(700, atReplica)).toEqual({ value: { at_replica: true }, asOf: clock.now - 700 })
  expect(await ask(100, atReplica)).toEqual({ value: { at_replica: false }, asOf: clock.now })
})

test('a replica that lags shows nobody less than they may see, by where the log is and no clock', async () => {
  const { clock, reads, placeOf, countOf, said } = readWith(replica)
  await reads.lookAtPrimary()
  await servers.pauseReplay()
  clock.now += 1_000
  await queryRows(database, 'INSERT INTO things VALUES (1)')
  clock.now += 100
  await reads.lookAtPrimary()
  expect(await countOf(1_099)).toBe(1)
  expect(await countOf(1_100)).toBe(0)
  clock.now += 20_000
  await reads.lookAtPrimary()
  expect([await placeOf(10_000), await placeOf(10_000)]).toEqual(['primary', 'primary'])
  expect(said()).toEqual(['replica_not_used'])
  await servers.resumeReplay()
  await eventually('the replica to be used', async () => (await placeOf(1)) === 'replica')
  expect(await countOf(1)).toBe(1)
  expect(said()).toEqual(['replica_not_used', 'replica_in_use'])
})

test('an idle primary is no lag', async () => {
  const { clock, reads, placeOf } = readWith(replica)
  for (let hour = 0; hour < 3; hour++) {
    clock.now += 3_600_000
    await reads.lookAtPrimary()
    expect(await placeOf(1)).toBe('replica')
  }
})

test('while the primary is silent nothing is known of the replica', async () => {
  const { clock, reads, placeOf } = readWith(replica)
  await reads.lookAtPrimary()
  clock.now += 5_001
  expect(await placeOf(5_000)).toBe('primary')
})

test('what a replica that is behind does not know yet, the primary answers, and says what is wrong with a statement', async () => {
  const { reads, ask, placeOf } = readWith(replica)
  await reads.lookAtPrimary()
  await servers.pauseReplay()
  await queryRows(database, 'CREATE TABLE new_things (id int)')
  expect((await ask(5_000, 'SELECT count(*)::int AS count FROM new_things')).value).toEqual({ count: 0 })
  await expect(ask(5_000, 'SELECT * FROM no_things')).rejects.toThrow(DatabaseError)
  expect(await placeOf(5_000)).toBe('replica')
  await queryRows(database, 'DROP TABLE new_things')
})

test('a replica that is down is tried again after a second, and serves once it is back', async () => {
  const { clock, reads, placeOf, said } = readWith(replica)
  await reads.lookAtPrimary()
  expect(await placeOf(5_000)).toBe('replica')
  await servers.stopReplica()
  expect(await placeOf(5_000)).toBe('primary')
  await servers.restartReplica()
  expect(await placeOf(5_000)).toBe('primary')
  await eventually('the replica to serve', async () => {
    clock.now += 1_001
    await reads.lookAtPrimary()
    return (await placeOf(5_000)) === 'replica'
  })
  expect(said()).toEqual(['replica_not_used', 'replica_in_use'])
})

test('a replica that takes connections and says nothing holds nobody up twice', async () => {
  const sockets = new Set<Socket>()
  let connections = 0
  const silent = createServer((socket) => {
    connections++
    sockets.add(socket.on('error', () => undefined))
  }).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const other = connect(`postgres://duka:x@127.0.0.1:${(silent.address() as AddressInfo).port}/postgres`)
  const { reads, placeOf, said } = readWith(other)
  await reads.lookAtPrimary()
  expect(await placeOf(5_000)).toBe('primary')
  const tried = connections
  expect(tried).toBeGreaterThan(0)
  expect(await placeOf(5_000)).toBe('primary')
  expect([connections, said()]).toEqual([tried, ['replica_not_used']])
  for (const socket of sockets) socket.destroy()
  silent.close()
  await other.close()
})

test("a primary is nobody's replica, nor is anything known where commits are not written before they show", async () => {
  const itself = readWith(database)
  await itself.reads.lookAtPrimary()
  expect(await itself.placeOf(5_000)).toBe('primary')
  expect(itself.said()).toEqual(['replica_not_used'])

  const careless = connect(`${servers.primary.adminUrl('postgres')}?options=-c%20synchronous_commit%3Doff`)
  const { log } = captureLog()
  const reads = new Reads({ primary: careless, replica, log })
  await reads.lookAtPrimary()
  const { value } = await allowLag(5_000, () => queryRow(reads, 'SELECT pg_is_in_recovery() AS at_replica'))
  expect(value).toEqual({ at_replica: false })
  await careless.close()
})

const shown = async (name: string) =>
  (
    await allMetrics()
      .find((metric) => metric.name === name)
      ?.expose()
  )?.values
const fallbacks = async () =>
  Object.fromEntries(
    ((await shown('db_replica_fallbacks_total')) ?? []).map(({ labels, value }) => [labels.reason, value]),
  )

test('what a replica might have run, and the primary did, is counted by why', async () => {
  const { clock, reads, placeOf } = readWith(replica)
  const before = await fallbacks()
  await placeOf(0)
  await reads.lookAtPrimary()
  expect([await placeOf(5_000), await fallbacks()]).toEqual(['replica', before])
  clock.now += 5_001
  await placeOf(5_000)
  const itself = readWith(database)
  await itself.reads.lookAtPrimary()
  await itself.placeOf(5_000)
  await itself.placeOf(5_000)
  const { behind = 0, unusable = 0 } = before
  expect(await fallbacks()).toEqual({ behind: behind + 1, unusable: unusable + 2 })
})

test('who looks sees whether the replica is one that answers, and how old what it shows is, if that is known', async () => {
  const look = async (url: string) => {
    const reads = new Reads({ primary: database, replica: connect(url), log: captureLog().log }).start()
    await reads.lookAtPrimary()
    const [up, lag] = [await shown('db_replica_up'), await shown('db_replica_lag_seconds')]
    await reads.close()
    return [up?.map(({ value }) => value), lag?.map(({ value }) => value)]
  }
  expect(await look(servers.replicaAdminUrl('postgres'))).toEqual([[1], [expect.any(Number)]])
  expect(await look(servers.primary.adminUrl('postgres'))).toEqual([[0], []])
  expect(await look('postgres://duka:x@127.0.0.1:1/postgres')).toEqual([[0], []])

  await servers.pauseReplay()
  await queryRows(database, 'INSERT INTO things VALUES (2)')
  // Of what is replayed nothing is known from before this look.
  expect(await look(servers.replicaAdminUrl('postgres'))).toEqual([[1], []])
})

test('a transaction is of the database itself', async () => {
  const { reads } = readWith(replica)
  await database.transaction(async (transaction) => {
    expect(() => queryRows(reads, 'SELECT 1', [], transaction)).toThrow('of the database itself')
  })
})
