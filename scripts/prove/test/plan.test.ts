import { readProveOptions } from '../options'
import { createRandom } from '../random'

describe('the seed', () => {
  const plan = (seed: number, name: string) => {
    const random = createRandom(seed, name)
    return [random.next(), random.between(1, 100), random.pick(['a', 'b', 'c']), random.text(8), random.chance(0.5)]
  }

  test('gives the same plan again, and each stream another', () => {
    expect(plan(7, 'faults')).toEqual(plan(7, 'faults'))
    expect(plan(8, 'faults')).not.toEqual(plan(7, 'faults'))
    expect(plan(7, 'customer 1')).not.toEqual(plan(7, 'faults'))
  })

  test('is even', () => {
    const random = createRandom(1, 'even')
    const counts = [0, 0, 0, 0]
    for (let n = 0; n < 4000; n++) counts[random.between(0, 3)]!++
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })

  test('chooses by weight', () => {
    const random = createRandom(1, 'weights')
    const list = [
      { name: 'often', weight: 9 },
      { name: 'never', weight: 0 },
      { name: 'seldom', weight: 1 },
    ]
    const chosen = Array.from({ length: 1000 }, () => random.pickWeighted(list).name)
    expect(chosen).not.toContain('never')
    expect(chosen.filter((name) => name === 'often').length).toBeGreaterThan(800)
    expect(chosen).toContain('seldom')
  })
})

describe('options', () => {
  test('have defaults, and a seed by chance', () => {
    expect(readProveOptions([])).toMatchObject({ seconds: 120, customers: 16, quietSeconds: 300 })
    expect(readProveOptions([]).seed).not.toBe(readProveOptions([]).seed)
  })

  test('are taken', () => {
    const args = ['--minutes', '10', '--seed', '42', '--customers', '32', '--quiet-minutes', '1', '--log', 'x.log']
    expect(readProveOptions(args)).toEqual({ seconds: 600, seed: 42, customers: 32, quietSeconds: 60, log: 'x.log' })
  })

  test.each([
    [['--minutes', '0'], /--minutes takes 0.1 to 240, not "0"/],
    [['--seed', 'x'], /--seed takes a whole number/],
    [['--customers', '1.5'], /--customers takes a whole number/],
    [['--hours', '1'], /It knows --minutes/],
    [['--seed', '-1'], /^Option '--seed' argument is ambiguous\. It knows --minutes …, .*\.$/],
  ])('refuses %j', (args, message) => {
    expect(() => readProveOptions(args)).toThrow(message)
  })
})
