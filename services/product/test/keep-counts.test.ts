import { noteLag } from '@duka/kit'
import { type Count, keepCounts } from '../src/keep-counts'

let now = 0
const ask = (total: number) => jest.fn(async () => total)
const totalOf = async (count: Promise<Count>) => (await count).total

beforeEach(() => {
  now = 0
})

describe('counts', () => {
  it('that are big may lag by three seconds, not more, and say when they began', async () => {
    const counts = keepCounts(() => now)
    expect(await counts.count('all', ask(5000))).toEqual({ total: 5000, madeAt: 0 })
    now = 2_999
    expect(await counts.count('all', ask(5001))).toEqual({ total: 5000, madeAt: 0 })
    now = 3_000
    expect(await counts.count('all', ask(5002))).toEqual({ total: 5002, madeAt: 3_000 })
  })

  it('from a replica are as old as what it showed', async () => {
    const counts = keepCounts(() => now)
    now = 10_000
    const lagging = async () => {
      noteLag(9_500)
      return 5000
    }
    expect(await counts.count('all', lagging)).toEqual({ total: 5000, madeAt: 9_500 })
    now = 12_499
    expect(await totalOf(counts.count('all', ask(5001)))).toBe(5000)
    now = 12_500
    expect(await totalOf(counts.count('all', ask(5002)))).toBe(5002)
  })

  it('are as old as their counting, however long it takes', async () => {
    const counts = keepCounts(() => now)
    const slow = counts.count('all', async () => {
      now = 2_000
      return 5000
    })
    expect(await slow).toEqual({ total: 5000, madeAt: 0 })
    now = 3_000
    expect(await totalOf(counts.count('all', ask(5001)))).toBe(5001)
  })

  it('that are small are always made anew', async () => {
    const counts = keepCounts(() => now)
    expect(await totalOf(counts.count('few', ask(3)))).toBe(3)
    expect(await totalOf(counts.count('few', ask(4)))).toBe(4)
  })

  it('are made once for all who ask at once', async () => {
    const counts = keepCounts(() => now)
    const count = ask(3)
    expect(await Promise.all([1, 2, 3].map(() => totalOf(counts.count('few', count))))).toEqual([3, 3, 3])
    expect(count).toHaveBeenCalledTimes(1)
  })

  it('that fail are asked for again', async () => {
    const counts = keepCounts(() => now)
    const fail = async () => Promise.reject(new Error('down'))
    await expect(Promise.all([counts.count('all', fail), counts.count('all', fail)])).rejects.toThrow('down')
    expect(await totalOf(counts.count('all', ask(1)))).toBe(1)
  })

  it('are kept for a bounded number of filters', async () => {
    const counts = keepCounts(() => now)
    for (let n = 0; n <= 1_000; n++) await counts.count(`filter ${n}`, ask(5000))
    expect(await totalOf(counts.count('filter 1', ask(6000)))).toBe(5000)
    expect(await totalOf(counts.count('filter 0', ask(6000)))).toBe(6000)
  })
})
