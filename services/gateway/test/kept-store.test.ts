import type { IncomingMessage } from 'node:http'
import { createKeptStore, type Kept } from '../src/kept-store'

const store = createKeptStore(() => 0)

function keptOf(bytes: number): Kept {
  const headers = { 'cache-control': 'public, max-age=2', 'content-length': String(bytes) }
  const judged = store.judge({ statusCode: 200, headers } as unknown as IncomingMessage, {}, 0)
  return { ...(judged as Kept), body: Buffer.alloc(bytes) }
}

describe('what is kept', () => {
  it('takes a bounded number of bytes, and loses what was not asked for the longest', () => {
    for (let n = 0; n < 50; n++) {
      store.set(`${n}`, keptOf(500_000))
      store.find('0', {})
    }
    const found = Array.from({ length: 50 }, (_, n) => store.find(`${n}`, {}) !== 'nothing')
    expect([found[0], found[1], found[49]]).toEqual([true, false, true])
    expect(found.filter(Boolean).length).toBe(47)
  })

  it('is a bounded number of answers', () => {
    for (let n = 0; n <= 5_000; n++) store.set(`small ${n}`, keptOf(2))
    expect(store.find('small 0', {})).toBe('nothing')
    expect(store.find('small 5000', {})).toMatchObject({ lifetimeMs: 2_000 })
  })
})
