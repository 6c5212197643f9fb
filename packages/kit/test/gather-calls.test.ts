import { gatherCalls } from '../src/gather-calls'

interface Work {
  lane: string
  key: string
}

/** Calls whose runs end when the test says so. */
function startGathering(maxBatch = 3) {
  const batches: string[][] = []
  const open: { end(): void; fail(error: Error): void }[] = []
  const call = gatherCalls<Work, string>({
    laneOf: ({ lane }) => lane,
    keyOf: ({ key }) => key,
    maxBatch,
    maxWaiting: 6,
    tooMany: () => new Error('too many'),
    isOneOfThem: (error) => (error as Error).message === 'one of them',
    run: (works) => {
      batches.push(works.map(({ key }) => key))
      return new Promise((resolve, reject) => {
        open.push({ end: () => resolve(works.map(({ key }) => `did ${key}`)), fail: reject })
      })
    },
  })
  return { batches, open, call: (key: string, lane = 'a') => call({ lane, key }) }
}

const turns = () => new Promise(setImmediate)

describe('gathering calls', () => {
  it('runs a lone call at once, and together what came meanwhile, up to a limit', async () => {
    const { batches, open, call } = startGathering()
    const calls = ['1', '2', '3', '4', '5'].map((key) => call(key))
    expect(batches).toEqual([['1']])
    for (let n = 0; n < 3; n++) {
      open[n]!.end()
      await turns()
    }
    expect(batches).toEqual([['1'], ['2', '3', '4'], ['5']])
    expect(await Promise.all(calls)).toEqual(['did 1', 'did 2', 'did 3', 'did 4', 'did 5'])
  })

  it('lets no lane wait for another', async () => {
    const { batches, open, call } = startGathering()
    const slow = call('1', 'a')
    const quick = call('2', 'b')
    expect(batches).toEqual([['1'], ['2']])
    open[1]!.end()
    expect(await quick).toBe('did 2')
    open[0]!.end()
    expect(await slow).toBe('did 1')
  })

  it('refuses what comes while too many wait', async () => {
    const { open, call } = startGathering()
    const calls = Array.from({ length: 9 }, (_, n) => call(String(n)))
    const results = Promise.allSettled(calls)
    for (let n = 0; n < 3; n++) {
      open[n]!.end()
      await turns()
    }
    const seen = (await results).map((result) => (result.status === 'fulfilled' ? 'done' : result.reason.message))
    expect(seen).toEqual([...Array(7).fill('done'), 'too many', 'too many'])
  })

  it('never puts the same key into one batch twice, and keeps the order of the others', async () => {
    const { batches, open, call } = startGathering()
    const calls = ['1', '2', '2', '3'].map((key) => call(key))
    for (let n = 0; n < 3; n++) {
      open[n]!.end()
      await turns()
    }
    expect(batches).toEqual([['1'], ['2', '3'], ['2']])
    expect(await Promise.all(calls)).toEqual(['did 1', 'did 2', 'did 2', 'did 3'])
  })

  it('runs each call by itself where one of them may be why the batch failed', async () => {
    const { batches, open, call } = startGathering()
    const calls = ['1', '2', '3'].map((key) => call(key))
    open[0]!.end()
    await turns()
    open[1]!.fail(new Error('one of them'))
    await turns()
    expect(batches).toEqual([['1'], ['2', '3'], ['2'], ['3']])
    open[2]!.fail(new Error('one of them'))
    open[3]!.end()
    expect(await Promise.allSettled(calls)).toMatchObject([
      { value: 'did 1' },
      { reason: { message: 'one of them' } },
      { value: 'did 3' },
    ])
  })

  it('fails all calls of a batch that failed for another reason, and goes on', async () => {
    const { batches, open, call } = startGathering()
    const calls = ['1', '2', '3'].map((key) => call(key))
    open[0]!.end()
    await turns()
    open[1]!.fail(new Error('no connection'))
    const results = await Promise.allSettled(calls)
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    const next = call('4')
    expect(batches).toEqual([['1'], ['2', '3'], ['4']])
    open[2]!.end()
    expect(await next).toBe('did 4')
  })
})
