import { captureLog, createTestDatabase, eventually, letJobsBeDue, loseJobs, type TestDatabase } from '@duka/testkit'
import { Client } from 'pg'
import type { Sequelize } from 'sequelize'
import {
  backstopPart,
  connectDatabase,
  currentRequestId,
  currentTrace,
  enqueue,
  enqueueBackstop,
  findTroubles,
  type JobsOptions,
  migrateDatabase,
  newId,
  queryRow,
  queryRows,
  RemoteUnavailable,
  runInContext,
  startJobs,
  startSweeps,
  type Task,
  tryNow,
} from '../src'

interface JobRow {
  key: string | null
  attempts: number
  max_attempts: number
  run_at: Date
  locked_by: string | null
  payload: Record<string, unknown>
}

let testDatabase: TestDatabase
let database: Sequelize

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  await migrateDatabase(testDatabase.url, [])
  database = connectDatabase({ url: testDatabase.url, applicationName: 'test' })
  await queryRows(database, 'CREATE TABLE things (id int)')
})
afterAll(async () => {
  await database.close()
  await testDatabase.drop()
})
afterEach(() => queryRows(database, loseJobs))

const jobRows = () => queryRows<JobRow>(database, 'SELECT * FROM graphile_worker._private_jobs ORDER BY id')
const delayedRows = () => queryRows<Pick<JobRow, 'key' | 'run_at' | 'payload'>>(database, 'SELECT * FROM delayed_jobs')
const runJobsNow = () => queryRows(database, letJobsBeDue)
const addJob = (task: string, payload = {}, key?: string) =>
  enqueue(database, null, key ? { task, payload, key } : { task, payload })

/** Works the queue while a test runs. */
async function withJobs(
  tasks: Record<string, Task>,
  test: (log: string[]) => Promise<void>,
  more: Partial<JobsOptions> = {},
): Promise<void> {
  const { log, lines } = captureLog()
  const jobs = await startJobs({ databaseUrl: testDatabase.url, tasks, log, ...more })
  try {
    await test(lines)
  } finally {
    await jobs.stop()
  }
}

test('a job exists if, and only if, the change that causes it does', async () => {
  const add = (id: number, fails: boolean) =>
    database.transaction(async (transaction) => {
      await queryRows(database, 'INSERT INTO things VALUES ($1)', [id], transaction)
      await enqueue(database, transaction, { task: 'tell', payload: { id } })
      if (fails) throw new Error('rolled back')
    })
  await add(1, false)
  await expect(add(2, true)).rejects.toThrow('rolled back')
  const told: unknown[] = []
  const tell: Task = async ({ id }) => void told.push(id)
  await withJobs({ tell }, async () => {
    await eventually('queue empty', async () => (await jobRows()).length === 0)
  })
  expect(told).toEqual([1])
})

test('a job is not seen before its transaction is committed', async () => {
  await withJobs({ tell: async () => undefined }, async () => {
    await database.transaction(async (transaction) => {
      await enqueue(database, transaction, { task: 'tell', payload: {} })
      expect(await jobRows()).toEqual([])
    })
    await eventually('done', async () => (await jobRows()).length === 0)
  })
})

test('a job goes on under the request that caused it', async () => {
  const ids: unknown[] = []
  await runInContext({ requestId: 'request-9' }, () => addJob('note'))
  await addJob('note')
  const note: Task = async () => void ids.push(currentRequestId())
  await withJobs({ note }, async () => {
    await eventually('both ran', async () => ids.length === 2)
  })
  expect(ids).toContain('request-9')
  expect(ids).toContainEqual(expect.stringMatching(/^[0-9a-f-]{36}$/))
})

test('a job belongs to the trace of what caused it, and one that was added before there were traces still runs', async () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`
  await runInContext({ requestId: 'request-9', traceparent }, () => addJob('note'))
  await database.query(`SELECT graphile_worker.add_job('note', payload := '{"requestId":"request-8"}')`)
  const seen = new Map<string | undefined, string | undefined>()
  const note: Task = async () => void seen.set(currentRequestId(), currentTrace()?.traceId)
  await withJobs({ note }, async () => {
    await eventually('both ran', async () => seen.size === 2)
  })
  expect(seen.get('request-9')).toBe(traceId)
  expect(seen.get('request-8')).toMatch(/^(?!4bf9)[0-9a-f]{32}$/)
})

test('one with the same key takes the place of one that waits', async () => {
  await addJob('note', { value: 1 }, 'one')
  await addJob('note', { value: 2 }, 'one')
  expect(await jobRows()).toMatchObject([{ key: 'one', payload: { value: 2 }, max_attempts: 25 }])
})

test('a job that fails is tried again later, counted, and its failure is in the log', async () => {
  await addJob('fail')
  const fail: Task = async () => {
    throw new Error('a bug')
  }
  await withJobs({ fail }, async (lines) => {
    await eventually(
      'failed once',
      async () => (await jobRows())[0]?.attempts === 1 && !(await jobRows())[0]?.locked_by,
    )
    const failed = lines.map((line) => JSON.parse(line)).filter(({ event, error }) => event === 'job_queue' && error)
    expect(failed).toMatchObject([{ level: 'error', error: 'a bug' }])
  })
})

test('while the other side is down tries do not count, however many, and pauses stay within a minute', async () => {
  await addJob('call', { id: 7 }, 'call:7')
  let calls = 0
  let isDown = true
  const call: Task = async ({ id }) => {
    calls += 1
    expect(id).toBe(7)
    if (isDown) throw new RemoteUnavailable('order', true, false, 'ECONNREFUSED')
  }
  await withJobs({ call }, async (lines) => {
    const pauses: number[] = []
    for (let round = 1; round <= 30; round++) {
      const job = await eventually(`round ${round}`, async () => {
        const [row] = (await jobRows()).filter(({ key }) => key === 'call:7')
        return row?.payload.postponed === round && row
      })
      pauses.push(Math.round((job.run_at.getTime() - Date.now()) / 1000))
      expect(job).toMatchObject({ attempts: 0, max_attempts: 25 })
      await runJobsNow()
      await queryRows(database, `SELECT pg_notify('jobs:insert', '{"count":1}')`)
    }
    expect(Math.max(...pauses)).toBeLessThanOrEqual(60)
    expect(pauses.slice(0, 3)).toEqual([2, 4, 8])
    isDown = false
    await eventually('done', async () => {
      await runJobsNow()
      return (await jobRows()).length === 0
    })
    expect(lines.join('\n')).toContain('"event":"job_postponed"')
  })
  expect(calls).toBeGreaterThan(30)
})

test('jobs of a dead process are unlocked, those of one that lives are not', async () => {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const ran: unknown[] = []
  const work: Task = async ({ name }) => {
    ran.push(name)
    if (name === 'long') await held
  }
  await addJob('work', { name: 'long' })
  await withJobs({ work }, async () => {
    await eventually('the long job runs', async () => ran.includes('long'))
    const locks = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 7423002 AND granted`
    await eventually('the living hold their lock', async () => (await queryRows(database, locks)).length > 0)
    await addJob('work', { name: 'orphan' }, 'orphan')
    await eventually('orphan done once', async () => ran.includes('orphan'))
    await queryRows(
      database,
      `INSERT INTO graphile_worker._private_jobs (task_id, payload, locked_by, locked_at, attempts)
       SELECT task_id, '{"name":"dead"}', 'pool-of-the-dead', now(), 1 FROM graphile_worker._private_jobs LIMIT 1`,
    )
    await queryRows(
      database,
      `UPDATE graphile_worker._private_jobs SET locked_at = now() - interval '1 minute' WHERE locked_by IS NOT NULL`,
    )
    await withJobs({ work }, async (lines) => {
      await eventually('the dead job runs', async () => ran.includes('dead'))
      const unlocked = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'dead_worker_unlocked')
      expect(unlocked).toMatchObject([{ worker: 'pool-of-the-dead' }])
    })
    const [long] = (await jobRows()).filter(({ payload }) => payload.name === 'long')
    expect(long?.locked_by).not.toBeNull()
    release()
    await eventually('all done', async () => (await jobRows()).length === 0)
  })
  expect(ran.filter((name) => name === 'long')).toHaveLength(1)
})

test('work goes on after the database has cut every connection', async () => {
  const ran: unknown[] = []
  const work: Task = async ({ name }) => void ran.push(name)
  await withJobs({ work }, async () => {
    await addJob('work', { name: 'before' })
    await eventually('ran', async () => ran.includes('before'))
    const admin = new Client({ connectionString: testDatabase.url })
    await admin.connect()
    await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name IN ('jobs', 'job-locks')`,
    )
    await admin.end()
    await addJob('work', { name: 'after' })
    await eventually('ran again', async () => ran.includes('after'))
    const locks = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 7423002 AND granted`
    await eventually('lock held again', async () => (await queryRows(database, locks)).length > 0)
  })
})

test('starting does not complain about the pool', async () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined)
  await withJobs({ none: async () => undefined }, async () => undefined)
  expect(warn).not.toHaveBeenCalled()
  warn.mockRestore()
})

describe('a step that is tried at once', () => {
  const job = { task: 'later', payload: {}, key: 'later:1' }
  const prepare = () => database.transaction((transaction) => enqueueBackstop(database, transaction, job))

  test('drops its job when it is done', async () => {
    const { log } = captureLog()
    await prepare()
    const [row] = await delayedRows()
    expect(row!.run_at.getTime() - Date.now()).toBeGreaterThan(2_000)
    expect(await tryNow(database, job.key, log, async () => undefined)).toBe(true)
    expect([await delayedRows(), await jobRows()]).toEqual([[], []])
  })

  test('is added by the statement that causes it, where that changes something', async () => {
    const part = backstopPart('changed', 2, job)
    const sql = `WITH changed AS (SELECT 1 WHERE $1::boolean), ${part.sql} SELECT 1 FROM changed`
    await queryRows(database, sql, [false, ...part.values])
    expect(await delayedRows()).toEqual([])
    await queryRows(database, sql, [true, ...part.values])
    expect(await delayedRows()).toMatchObject([{ key: job.key, payload: { requestId: expect.any(String) } }])
  })

  test('drops its job also where the time of that has come meanwhile', async () => {
    const { log } = captureLog()
    await prepare()
    await runJobsNow()
    const queued = async () => (await jobRows()).length === 1
    const hasQueue = async () => withJobs({}, async () => void (await eventually('queued', queued)))
    expect(await tryNow(database, job.key, log, hasQueue)).toBe(true)
    expect(await jobRows()).toEqual([])
  })

  test('leaves it where it fails, and says so', async () => {
    const { log, lines } = captureLog()
    await prepare()
    expect(
      await tryNow(database, job.key, log, async () => {
        throw new Error('not now')
      }),
    ).toBe(false)
    expect(await delayedRows()).toHaveLength(1)
    expect(JSON.parse(lines[0]!)).toMatchObject({ event: 'left_to_job', key: 'later:1', error: 'not now' })
  })
})

describe('what became of jobs that failed', () => {
  const key = 'flaky:1'
  const add = () => enqueue(database, null, { task: 'flaky', payload: {}, key })
  const trouble = async () => (await findTroubles(database, [key]))[0]
  beforeEach(() => queryRows(database, 'TRUNCATE job_troubles'))

  test('is nothing where all goes well at once, by the queue or before it', async () => {
    const { log } = captureLog()
    await add()
    await withJobs({ flaky: async () => {} }, async () => {
      await eventually('done', async () => (await jobRows()).length === 0)
    })
    await database.transaction((transaction) =>
      enqueueBackstop(database, transaction, { task: 'flaky', payload: {}, key }),
    )
    await tryNow(database, key, log, async () => {})
    expect(await queryRows(database, 'SELECT 1 FROM job_troubles')).toEqual([])
  })

  test('is how often it failed, why, and that it was done in the end', async () => {
    let tries = 0
    const { log } = captureLog()
    const flaky = async () => {
      tries += 1
      if (tries === 1) throw new Error('first')
      if (tries === 2) throw new RemoteUnavailable('product', true, false, 'ECONNREFUSED')
      if (tries === 3) throw new Error('third')
    }
    await database.transaction((transaction) =>
      enqueueBackstop(database, transaction, { task: 'flaky', payload: {}, key }),
    )
    await tryNow(database, key, log, flaky)
    expect(await trouble()).toMatchObject({
      task: 'flaky',
      failures: 1,
      lastError: 'first',
      outcome: null,
    })
    await withJobs({ flaky }, async () => {
      await eventually('done', async () => {
        await runJobsNow()
        return (await trouble())?.outcome === 'done'
      })
    })
    expect(await trouble()).toMatchObject({ failures: 3, lastError: 'third', endedAt: expect.any(Date) })
  })

  test('is that it was done, where another try before its time was good', async () => {
    const { log } = captureLog()
    await database.transaction((transaction) =>
      enqueueBackstop(database, transaction, { task: 'flaky', payload: {}, key }),
    )
    await tryNow(database, key, log, () => Promise.reject(new Error('not now')))
    await tryNow(database, key, log, async () => {})
    expect(await trouble()).toMatchObject({ failures: 1, outcome: 'done' })
  })

  test('is nothing new, where a try fails after another one was good', async () => {
    const { log } = captureLog()
    await add()
    await tryNow(database, key, log, async () => {
      await tryNow(database, key, log, async () => {})
      throw new Error('no answer')
    })
    expect(await trouble()).toBeUndefined()
  })

  test('is that it gave up', async () => {
    await add()
    await queryRows(database, 'UPDATE graphile_worker._private_jobs SET attempts = max_attempts - 1')
    await withJobs({ flaky: () => Promise.reject(new Error('never')) }, async () => {
      await eventually('gave up', async () => (await trouble())?.outcome === 'gave_up')
    })
    expect(await trouble()).toMatchObject({ failures: 1, lastError: 'never', endedAt: expect.any(Date) })
  })
})

describe('a job for later', () => {
  const runAt = new Date(Date.now() + 3_600_000)
  const delay = (value: number) => enqueue(database, null, { task: 'later', payload: { value }, key: 'later:2', runAt })

  test('waits apart from the queue, once per key, and runs when its time has come', async () => {
    await delay(1)
    await delay(2)
    expect(await delayedRows()).toMatchObject([{ key: 'later:2', run_at: runAt, payload: { value: 2 } }])
    const values: unknown[] = []
    const later: Task = async ({ value }) => void values.push(value)
    await withJobs({ later }, async () => {
      await runJobsNow()
      await eventually('ran', async () => values.length > 0)
      await eventually('gone', async () => (await jobRows()).length === 0)
    })
    expect([values, await delayedRows()]).toEqual([[2], []])
  })

  test('that is due runs once, however many instances look for it', async () => {
    for (let n = 0; n < 250; n++) {
      await enqueue(database, null, { task: 'later', payload: { n }, key: `later:${n}`, runAt })
    }
    await runJobsNow()
    const ran: unknown[] = []
    const later: Task = async ({ n }) => void ran.push(n)
    await withJobs({ later }, () =>
      withJobs({ later }, async () => {
        await eventually('all ran', async () => ran.length >= 250)
        await eventually('queue empty', async () => (await jobRows()).length === 0)
      }),
    )
    expect(new Set(ran).size).toBe(ran.length)
  })
})

describe('a sweep', () => {
  test('runs again and again, never twice at once, also after a failure', async () => {
    const { log, lines } = captureLog()
    let running = 0
    let most = 0
    let runs = 0
    const sweep = async () => {
      running += 1
      most = Math.max(most, running)
      await queryRow(database, 'SELECT pg_sleep(0.05)')
      running -= 1
      runs += 1
      if (runs === 1) throw new Error('first time')
    }
    const stop = startSweeps([{ name: 'look', everySeconds: 0.01, run: sweep }], log)
    await eventually('three runs', async () => runs >= 3)
    await stop()
    const after = runs
    expect(running).toBe(0)
    expect(most).toBe(1)
    await queryRow(database, 'SELECT pg_sleep(0.05)')
    expect(runs).toBe(after)
    expect(JSON.parse(lines[0]!)).toMatchObject({ event: 'sweep_failed', name: 'look', error: 'first time' })
  })
})

test('ids are in the order in which they are made', () => {
  const ids = Array.from({ length: 100 }, newId)
  expect([...ids].sort()).toEqual(ids)
  expect(new Set(ids).size).toBe(100)
})
