import type http from 'node:http'
import { eventually } from '@duka/testkit'
import { type Answer, ask, expectProblem, startGateway, type TestGateway } from './support'

let gateway: TestGateway
let now: number
/** What product got. */
let asked: http.IncomingMessage[]
let answer: http.OutgoingHttpHeaders

const list = '/api/products?limit=2'
const ageOf = ({ headers }: Answer) => headers.age ?? null
const product = () => gateway.services.product

/** A product service that counts its answers, and says what may be done with them. */
const answerCounted: http.RequestListener = (request, response) => {
  asked.push(request)
  const body = request.method === 'HEAD' ? '' : JSON.stringify({ answer: asked.length })
  const { 'content-length': length = Buffer.byteLength(body), ...headers } = answer
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': length, ...headers }).end(body)
}

beforeAll(async () => {
  gateway = await startGateway({ now: () => now, corsOrigins: ['https://one.example', 'https://two.example'] })
})
afterAll(() => gateway.stop())

let round = 0

beforeEach(() => {
  // A day between tests: nothing of the one before is fresh.
  now = round++ * 86_400_000
  asked = []
  answer = { 'Cache-Control': 'public, max-age=2', ETag: '"a"', Vary: 'Authorization' }
  product().answer = answerCounted
})

const answers = async (path: string, headers: http.OutgoingHttpHeaders = {}) =>
  (await ask(gateway, path, { headers })).json().answer

describe('what a service calls public', () => {
  it('is asked for once while it is fresh, and its age is rounded up', async () => {
    const first = await ask(gateway, list)
    expect([first.json().answer, ageOf(first)]).toEqual([1, null])
    now += 1
    expect(ageOf(await ask(gateway, list))).toBe('1')
    now += 1_998
    const last = await ask(gateway, list)
    expect([last.json().answer, ageOf(last)]).toEqual([1, '2'])
    now += 1
    expect([await answers(list), asked.length]).toEqual([2, 2])
  })

  it('is as old as its request, however long the service thinks', async () => {
    product().answer = (request, response) => {
      now += 1_500
      answerCounted(request, response)
    }
    await ask(gateway, list)
    now += 499
    expect(ageOf(await ask(gateway, list))).toBe('2')
    now += 1
    expect(await answers(list)).toBe(2)
  })

  it('that was older than it may be when it came is not given again', async () => {
    product().answer = (request, response) => {
      now += 2_000
      answerCounted(request, response)
    }
    expect([await answers(list), await answers(list)]).toEqual([1, 2])
  })

  it('counts the age that it had when it came', async () => {
    answer.Age = '1'
    expect(ageOf(await ask(gateway, list))).toBe('1')
    now += 1_000
    expect(await answers(list)).toBe(2)
  })

  it('is one for each path and query', async () => {
    const paths = [list, '/api/products?limit=3', '/api/products/categories']
    for (const path of [...paths, ...paths]) await ask(gateway, path)
    expect(asked.map(({ url }) => url)).toEqual(paths)
  })

  it('goes out whole, with the headers of each request and none of the first', async () => {
    answer['X-Request-Id'] = 'of-the-service'
    answer['RateLimit-Policy'] = '"service";q=1;w=1'
    answer['X-Shelf'] = 'seven'
    const first = await ask(gateway, list, { headers: { 'X-Request-Id': 'first', Origin: 'https://one.example' } })
    const second = await ask(gateway, list, { headers: { 'X-Request-Id': 'second', Origin: 'https://two.example' } })
    const third = await ask(gateway, list)
    expect(asked).toHaveLength(1)
    expect([first, second, third].map(({ body }) => body.toString())).toEqual(Array(3).fill('{"answer":1}'))
    expect(second.headers).toMatchObject({
      'x-request-id': 'second',
      'access-control-allow-origin': 'https://two.example',
      'cache-control': 'public, max-age=2',
      'content-type': 'application/json',
      'content-length': '12',
      etag: '"a"',
      vary: 'Origin, Authorization',
      'x-content-type-options': 'nosniff',
      'x-shelf': 'seven',
    })
    expect(third.headers['access-control-allow-origin']).toBeUndefined()
    expect(second.headers['ratelimit-policy']).toMatch(/^"general"/)
    const left = ({ headers }: Answer) => Number(/r=(\d+)/.exec(String(headers.ratelimit))?.[1])
    expect(left(third)).toBe(left(first) - 2)
  })

  it('answers HEAD and If-None-Match too, and fills itself for who has an old one', async () => {
    const stale = await ask(gateway, list, { headers: { 'If-None-Match': '"old"' } })
    expect([stale.status, asked[0]?.headers['if-none-match']]).toEqual([200, undefined])
    const same = await ask(gateway, list, { headers: { 'If-None-Match': 'W/"b", "a"' } })
    expect([same.status, same.body.length, same.headers.etag]).toEqual([304, 0, '"a"'])
    expect(same.headers['content-length']).toBeUndefined()
    const any = await ask(gateway, list, { headers: { 'If-None-Match': '*' } })
    expect([any.status, any.body.length]).toEqual([304, 0])
    const head = await ask(gateway, list, { method: 'HEAD' })
    expect([head.status, head.body.length, head.headers['content-length']]).toEqual([200, 0, '12'])
    expect(asked).toHaveLength(1)
    now += 2_000
    const first = await ask(gateway, list, { headers: { 'If-None-Match': '"a"' } })
    expect([first.status, first.body.length, asked.length]).toEqual([304, 0, 2])
    expect(await answers(list)).toBe(2)
  })

  it('answers 304 also to who wants it anew, as fetch does with every condition', async () => {
    for (const tag of ['"a"', '*']) {
      const headers = { 'If-None-Match': tag, 'Cache-Control': 'no-cache' }
      const same = await ask(gateway, list, { headers })
      expect([same.status, same.body.length]).toEqual([304, 0])
    }
    expect(asked).toHaveLength(2)
  })

  it('is not filled by a HEAD', async () => {
    await ask(gateway, list, { method: 'HEAD' })
    expect(await answers(list)).toBe(2)
  })

  it('is asked for anew by who wants that, and kept then', async () => {
    for (const headers of [{ 'Cache-Control': 'no-cache' }, { Pragma: 'no-cache' }, { 'Cache-Control': 'max-age=0' }]) {
      await answers(list)
      now += 1
      const before = asked.length
      expect(await answers(list, headers)).toBe(before + 1)
      expect(await answers(list)).toBe(before + 1)
    }
    now += 2_000
    const before = asked.length
    expect(await answers(list, { 'Cache-Control': 'max-stale=100' })).toBe(before + 1)
  })

  it('is forgotten by a write to its own path that succeeded, with every query', async () => {
    for (const path of [list, '/api/products', '/api/products/categories']) await answers(path)
    await ask(gateway, '/api/products?any', { method: 'POST' })
    expect([await answers(list), await answers('/api/products')]).toEqual([5, 6])
    expect(await answers('/api/products/categories')).toBe(3)
  })

  it('stays where the write was refused', async () => {
    const path = '/api/products/018f0000-0000-7000-8000-000000000001'
    await answers(path)
    product().answer = (_request, response) => void response.writeHead(409).end()
    await ask(gateway, path, { method: 'PATCH' })
    product().answer = answerCounted
    expect(await answers(path)).toBe(1)
    await ask(gateway, path, { method: 'PATCH' })
    expect(await answers(path)).toBe(3)
  })
})

describe('never kept', () => {
  it.each(['Authorization', 'Cookie', 'X-Cart-Token', 'Range', 'If-Match', 'If-Unmodified-Since'])(
    'is what came with %s, nor is it answered from what is kept',
    async (name) => {
      expect(await answers(list, { [name]: 'x' })).toBe(1)
      expect(await answers(list)).toBe(2)
      expect(await answers(list, { [name]: 'x' })).toBe(3)
      expect(asked[2]?.headers[name.toLowerCase()]).toBe('x')
    },
  )

  it.each<[string, http.OutgoingHttpHeaders]>([
    ['says nothing', { 'Cache-Control': undefined }],
    ['has only a time of change', { 'Cache-Control': undefined, 'Last-Modified': 'Mon, 01 Jan 2024 00:00:00 GMT' }],
    ['is private', { 'Cache-Control': 'private, max-age=60' }],
    ['is not to be stored', { 'Cache-Control': 'public, no-store, max-age=60' }],
    ['is to be asked for again', { 'Cache-Control': 'public, no-cache' }],
    ['is not called public', { 'Cache-Control': 'max-age=60' }],
    ['is never fresh', { 'Cache-Control': 'public, max-age=0' }],
    ['sets a cookie', { 'Set-Cookie': 'a=b' }],
    ['depends on everything', { Vary: '*' }],
    ['does not tell its length', { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' }],
  ])('is an answer that %s', async (_what, headers) => {
    const path = `/api/products?search=${round}`
    for (const [name, value] of Object.entries(headers)) {
      if (value === undefined) delete answer[name]
      else answer[name] = value
    }
    if ('Transfer-Encoding' in headers) {
      product().answer = (request, response) => {
        asked.push(request)
        response.writeHead(200, answer).end(JSON.stringify({ answer: asked.length }))
      }
    }
    expect([await answers(path), await answers(path)]).toEqual([1, 2])
  })

  it('is an error', async () => {
    product().answer = (request, response) => {
      asked.push(request)
      response.writeHead(404, { 'Content-Length': 2, 'Cache-Control': 'public, max-age=60' }).end('{}')
    }
    await ask(gateway, list)
    await ask(gateway, list)
    expect(asked).toHaveLength(2)
  })

  it('is an answer of half a megabyte and more: it streams', async () => {
    const body = Buffer.alloc(524_289, ' ')
    product().answer = (request, response) => {
      asked.push(request)
      response.writeHead(200, { ...answer, 'Content-Length': body.length }).end(body)
    }
    for (const times of [1, 2]) {
      expect((await ask(gateway, list)).body.equals(body)).toBe(true)
      expect(asked).toHaveLength(times)
    }
  })

  it('is what only some may see, whatever its service says', async () => {
    gateway.services.order.answer = answerCounted
    expect([await answers('/api/orders'), await answers('/api/orders')]).toEqual([1, 2])
  })

  it('is an answer for one kind of request given to another', async () => {
    answer.Vary = 'Accept-Language'
    const swahili = { 'Accept-Language': 'sw' }
    expect(await answers(list, swahili)).toBe(1)
    expect(await answers(list, { 'Accept-Language': 'en' })).toBe(2)
    expect(await answers(list, swahili)).toBe(3)
    expect(await answers(list, swahili)).toBe(3)
  })
})

describe('a hundred who ask at once', () => {
  /** Holds the answers back until they are let go. */
  function holdAnswers() {
    const held: (() => void)[] = []
    product().answer = (request, response) => void held.push(() => answerCounted(request, response))
    return held
  }

  const arrived = (held: unknown[], count = 1) =>
    eventually(`${count} requests at product`, async () => held.length === count)

  /** So many requests that wait in the gateway, which has heard of all of them. */
  async function waitFor(count: number, headers: http.OutgoingHttpHeaders = {}) {
    const waiting = Array.from({ length: count }, () => ask(gateway, list, { headers }))
    await heard(count)
    return waiting
  }

  let begun = 0
  const heard = (count: number) => eventually(`${count} requests`, async () => begun >= count)

  beforeAll(() => gateway.server.on('request', () => begun++))
  beforeEach(() => {
    begun = 0
  })

  it('get one answer', async () => {
    const held = holdAnswers()
    const waiting = await waitFor(100)
    await arrived(held)
    now += 500
    held[0]?.()
    const got = await Promise.all(waiting)
    expect(new Set(got.map(({ body }) => body.toString()))).toEqual(new Set(['{"answer":1}']))
    expect(got.map(ageOf).filter((age) => age === '1')).toHaveLength(99)
  })

  it('do not wait for long: who comes after a second asks by himself', async () => {
    const held = holdAnswers()
    const first = ask(gateway, list)
    await arrived(held)
    now += 1_000
    const second = ask(gateway, list)
    await arrived(held, 2)
    held[1]?.()
    expect((await second).json().answer).toBe(1)
    held[0]?.()
    expect((await first).json().answer).toBe(2)
    // The older one came later, and is not what is kept.
    expect(await answers(list)).toBe(1)
  })

  it('each get their own where it turns out that there is none for all, and for a while nobody waits', async () => {
    delete answer['Cache-Control']
    const held = holdAnswers()
    const waiting = await waitFor(3)
    await arrived(held)
    held[0]?.()
    await arrived(held, 3)
    const later = await waitFor(4).then((more) => more.slice(3))
    await arrived(held, 7)
    for (const let_go of held.slice(1)) let_go()
    const got = await Promise.all([...waiting, ...later])
    expect(new Set(got.map(({ body }) => body.toString())).size).toBe(got.length)
  })

  it('do not need the one who came first to stay', async () => {
    const held = holdAnswers()
    const gone = new AbortController()
    const first = fetch(gateway.url + list, { signal: gone.signal }).catch(() => 'gone')
    await arrived(held)
    const waiting = [ask(gateway, list), ask(gateway, list)]
    await heard(3)
    gone.abort()
    expect(await first).toBe('gone')
    await arrived(held, 2)
    held[1]?.()
    expect((await Promise.all(waiting)).map((each) => each.json().answer)).toEqual([1, 1])
  })

  it('are all told where there is no answer', async () => {
    const held: http.ServerResponse[] = []
    product().answer = (_request, response) => void held.push(response)
    const cutBefore = await waitFor(3)
    await arrived(held)
    // The gateway asks once more over a new connection, where the old one may just have been too old.
    product().answer = (_request, response) => response.destroy()
    held[0]?.destroy()
    for (const each of await Promise.all(cutBefore)) expectProblem(each, 503, 'service_unavailable')

    begun = 0
    product().answer = (_request, response) => void held.push(response)
    const cutWithin = await waitFor(3)
    await arrived(held, 2)
    const half = held[1]?.writeHead(200, { ...answer, 'Content-Length': 100 })
    await new Promise((resolve) => half?.write('half of it', resolve))
    half?.destroy()
    for (const each of await Promise.all(cutWithin)) expectProblem(each, 503, 'service_unavailable')
  })

  it('do not get what was asked for before a write to that path', async () => {
    const held = holdAnswers()
    const before = ask(gateway, list)
    await arrived(held)
    product().answer = answerCounted
    await ask(gateway, '/api/products', { method: 'POST' })
    expect(await answers(list)).toBe(2)
    held[0]?.()
    expect((await before).json().answer).toBe(3)
    expect(await answers(list)).toBe(2)
  })
})
