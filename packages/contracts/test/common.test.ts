import { z } from 'zod'
import { endpoints, isInternal, moment, pageQuery } from '../src'

describe('a page', () => {
  const query = z.object(pageQuery)

  test('has defaults', () => {
    expect(query.parse({})).toEqual({ page: 1, limit: 10 })
    expect(query.parse({ page: '3', limit: '100' })).toEqual({ page: 3, limit: 100 })
  })

  test.each([
    { limit: '101' },
    { limit: '0' },
    { page: '0' },
    { page: '-1' },
    { page: '1.5' },
    { page: '1e3' },
    { page: '9999999999' },
    { page: '' },
    { limit: ['1', '2'] },
    { cursor: '' },
    { cursor: 'x'.repeat(5000) },
  ])('%j is none', (given) => {
    expect(query.safeParse(given).success).toBe(false)
  })
})

describe('endpoints', () => {
  test('no two answer to the same method and path', () => {
    const own = endpoints.map(({ service, method, path }) => `${service} ${method} ${path}`)
    const offered = endpoints.flatMap(({ method, publicPaths }) => publicPaths.map((path) => `${method} ${path}`))
    expect(new Set(own).size).toBe(own.length)
    expect(new Set(offered).size).toBe(offered.length)
  })

  test('internal ones are offered to nobody, and all others to somebody', () => {
    for (const { access, path, publicPaths } of endpoints) {
      const hidden = path.startsWith('/api/internal/') || path === '/api/verify'
      expect([path, isInternal(access)]).toEqual([path, hidden])
      expect([path, publicPaths.length === 0]).toEqual([path, hidden])
    }
  })

  test('paths say their parameters, and only they do', () => {
    for (const { path, params } of endpoints) {
      const named = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name)
      const known = params instanceof z.ZodObject ? Object.keys(params.shape) : []
      expect([path, known.sort()]).toEqual([path, named.sort()])
    }
  })

  test('Safaricom is given a path without the words that it refuses', () => {
    const callback = endpoints.find(({ path }) => path === '/api/webhook/m/:token')
    for (const path of callback!.publicPaths) expect(path).not.toMatch(/m-?pesa|safaricom|exe|cmd|sql|query/i)
  })
})

test.each([
  ['2026-12-01T08:00:00 03:00', 'has a space where its offset begins: write + as %2B in an address'],
  ['yesterday', 'must be a time such as 2026-12-01T08:00:00Z or 2026-12-01T11:00:00%2B03:00'],
])('a time that is %s is refused with what to write', (value, message) => {
  expect(moment.safeParse(value).error?.issues.map((issue) => issue.message)).toEqual([message])
})
