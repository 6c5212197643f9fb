import { randomUUID } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { endpoint, uuid } from '@duka/contracts'
import { asService, asUser, captureLog, type Running, startApp, testProof, verifyTestUser } from '@duka/testkit'
import type { Express } from 'express'
import supertest from 'supertest'
import { z } from 'zod'
import {
  connectDatabase,
  createServiceApp,
  currentRequestId,
  notFound,
  Problem,
  RemoteUnavailable,
  route,
} from '../src'

const base = { service: 'order', response: z.unknown() } as const
const things = '/api/things'
const bodySchema = z.object({ name: z.string().max(10), size: z.object({ width: z.number() }).optional() })

const listThings = endpoint({
  ...base,
  method: 'GET',
  path: things,
  summary: '',
  access: 'anyone',
  query: z.object({ limit: z.string().regex(/^\d+$/).optional() }),
})
const makeThing = endpoint({
  ...base,
  method: 'POST',
  path: things,
  summary: '',
  access: 'user',
  status: 201,
  body: bodySchema,
})
const fixed = endpoint({ ...base, method: 'GET', path: `${things}/popular`, summary: '', access: 'anyone' })
const changeThing = endpoint({
  ...base,
  method: 'PUT',
  path: `${things}/:id`,
  summary: '',
  access: { permission: 'products:write' },
  params: z.object({ id: uuid }),
  body: bodySchema,
})
const ownThing = endpoint({
  ...base,
  method: 'PATCH',
  path: `${things}/:id`,
  summary: '',
  access: 'user',
  params: z.object({ id: uuid }),
  body: bodySchema,
})
const deleteThing = endpoint({
  ...base,
  method: 'DELETE',
  path: `${things}/:id`,
  summary: '',
  access: 'user',
  status: 204,
  params: z.object({ id: uuid }),
})
const visit = endpoint({ ...base, method: 'GET', path: '/api/visit', summary: '', access: 'guest' })
const internal = endpoint({
  ...base,
  method: 'POST',
  path: '/api/internal/things',
  summary: '',
  access: { services: ['cart'] },
  body: z.object({}),
})
const raw = endpoint({ ...base, method: 'POST', path: '/api/raw', summary: '', access: 'anyone', rawBody: true })
const upload = endpoint({
  ...base,
  method: 'POST',
  path: '/api/upload',
  summary: '',
  access: 'user',
  upload: { contentTypes: ['text/csv', 'multipart/form-data'], maxBytes: 300_000 },
})
const download = endpoint({
  ...base,
  method: 'GET',
  path: '/api/download',
  summary: '',
  access: 'anyone',
  download: 'text/csv',
})
const fail = endpoint({
  ...base,
  method: 'GET',
  path: '/api/fail/:how',
  summary: '',
  access: 'anyone',
  params: z.object({ how: z.string() }),
})

const failures: Record<string, () => never> = {
  bug: () => {
    throw new Error('the password is hunter2')
  },
  text: () => {
    throw 'just a text'
  },
  remote: () => {
    throw new RemoteUnavailable('product', true, true, 'ECONNABORTED')
  },
  conflict: () => {
    throw new Problem(409, 'sold_out', 'Gone.', { extra: { available: 0 }, headers: { 'Retry-After': '7' } })
  },
}

const { log, lines } = captureLog()
let ready: () => Promise<unknown> = async () => undefined
let app: Express
let running: Running

beforeAll(async () => {
  app = createServiceApp({
    log,
    verifyUser: verifyTestUser,
    proof: testProof('order'),
    database: connectDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', applicationName: 'none', poolMax: 1 }),
    checkReady: () => ready(),
    routes: [
      route(deleteThing, () => undefined),
      route(
        ownThing,
        ({ body }) => body,
        async () => {
          throw notFound('thing')
        },
      ),
      route(changeThing, ({ params, body }) => ({ params, body })),
      route(fixed, () => ({ popular: true })),
      route(makeThing, ({ body, user }) => ({ body, user })),
      route(listThings, ({ query }) => ({ query, requestId: currentRequestId() })),
      route(visit, ({ user }) => ({ user })),
      route(internal, ({ caller }) => ({ caller })),
      route(raw, ({ raw }) => ({ hex: raw.toString('hex') })),
      route(upload, async ({ upload, response }) => {
        const begun = upload.once('data', () => response.status(200).type('application/json').write(' '))
        return { bytes: (await buffer(begun)).length }
      }),
      route(download, async ({ response }) => {
        response.type('text/csv').write('a,b\n')
        response.end('1,2\n')
      }),
      route(fail, ({ params }) => failures[params.how]!()),
    ],
  })
  running = await startApp(app)
})
afterAll(() => running.stop())

const client = () => supertest(app)
const admin = () => asUser(randomUUID(), 'admin')

describe('an error', () => {
  test('is a problem document, with the request id and no more than the rules say', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    const given = { 'X-Request-Id': 'my-request-1', Traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
    const answer = await client().get('/api/fail/conflict').set(given).expect(409)
    expect(answer.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(answer.get('retry-after')).toBe('7')
    expect(answer.get('x-powered-by')).toBeUndefined()
    expect(answer.body).toEqual({
      type: 'about:blank',
      title: 'Conflict',
      status: 409,
      detail: 'Gone.',
      code: 'sold_out',
      requestId: 'my-request-1',
      traceId,
      available: 0,
    })
  })

  test.each(['bug', 'text'])('that nobody foresaw (%s) shows nothing of itself, and is logged', async (how) => {
    lines.length = 0
    const answer = await client().get(`/api/fail/${how}`).expect(500)
    expect(answer.body).toMatchObject({ code: 'internal_error', status: 500 })
    expect(answer.text).not.toMatch(/hunter2|just a text|at .*\.ts/)
    const [line] = lines.filter((text) => text.includes('request_failed')).map((text) => JSON.parse(text))
    expect(line).toMatchObject({ level: 'error', requestId: answer.body.requestId, code: 'internal_error' })
    expect(line.error).toMatch(/hunter2|just a text/)
  })

  test('of another service is told without its name, which only the log has', async () => {
    lines.length = 0
    const answer = await client().get('/api/fail/remote').expect(504)
    expect(answer.body.code).toBe('upstream_timeout')
    expect(answer.get('retry-after')).toBe('2')
    expect(answer.text).not.toContain('product')
    expect(lines.join()).toMatch(
      /"target":"product".*"reason":"ECONNABORTED"|"reason":"ECONNABORTED".*"target":"product"/,
    )
  })
})

describe('a path', () => {
  test.each(['/', '/api', '/api/Things', '/api/things/', '/api/things/popular/more', '/api/%E0%A4%A'])(
    '%s that is unknown is a 404',
    async (path) => {
      const { body } = await client().get(path).expect(404)
      expect(body).toMatchObject({ code: 'not_found', status: 404 })
    },
  )

  test('that is known with a wrong method is a 405 that names the right ones', async () => {
    expect((await client().delete(things).expect(405)).get('allow')).toBe('POST, GET, HEAD')
    expect((await client().post(`${things}/${randomUUID()}`).expect(405)).get('allow')).toBe('DELETE, PATCH, PUT')
    expect((await client().options('/api/raw').expect(405)).get('allow')).toBe('POST')
    expect((await client().post('/health').expect(405)).get('allow')).toBe('GET, HEAD')
  })

  test('that is fixed goes before one with an id', async () => {
    expect((await client().get(`${things}/popular`).expect(200)).body).toEqual({ popular: true })
  })

  test('answers HEAD as GET, without a body', async () => {
    const { text } = await client().head(things).expect(200)
    expect(text).toBeUndefined()
  })
})

describe('the order of answers', () => {
  const bad = { name: 1 }

  test('401 before 404 before 403 before 400', async () => {
    const put = (id: string, authorization?: string) => {
      const sent = client().put(`${things}/${id}`).send(bad)
      return authorization ? sent.set({ authorization }) : sent
    }
    expect((await put('x').expect(401)).get('www-authenticate')).toBe('Bearer')
    await put('x', asUser()).expect(404)
    await put(randomUUID(), asUser()).expect(403)
    await put(randomUUID(), admin()).expect(400)
  })

  test("somebody else's thing is a 404 whatever comes with it", async () => {
    const path = `${things}/${randomUUID()}`
    await client().patch(path).set({ authorization: asUser() }).send(bad).expect(404)
    await client()
      .patch(path)
      .set({ authorization: asUser(), 'content-type': 'application/json' })
      .send('{')
      .expect(404)
  })

  test('a bad token is a 401 where a guest would be welcome, and nobody cares where anyone is', async () => {
    expect((await client().get('/api/visit').expect(200)).body).toEqual({ user: null })
    const id = randomUUID()
    const { body } = await client()
      .get('/api/visit')
      .set({ authorization: asUser(id) })
      .expect(200)
    expect(body.user).toMatchObject({ id, role: 'customer' })
    for (const authorization of ['Bearer x', 'Basic eDp5', 'Bearer', 'Bearer a b', 'bearer']) {
      await client().get('/api/visit').set({ authorization }).expect(401)
    }
    await client().get(things).set({ authorization: 'Bearer x' }).expect(200)
  })

  test('an internal endpoint wants a proof of one of its callers', async () => {
    const post = (authorization: string) => client().post('/api/internal/things').set({ authorization }).send({})
    expect((await post(asService('cart', 'order')).expect(200)).body).toEqual({ caller: 'cart' })
    await post(asService('payment', 'order')).expect(403)
    await post(asService('cart', 'product')).expect(401)
    await post(admin()).expect(401)
    await client().post('/api/internal/things').send({}).expect(401)
  })
})

describe('a body', () => {
  const post = (type = 'application/json') =>
    client().post(things).set({ authorization: asUser(), 'content-type': type })

  test('that is valid comes without what the contract does not know', async () => {
    const { body } = await post()
      .send({ name: 'x', role: 'admin', __proto__: { a: 1 } })
      .expect(201)
    expect(body.body).toEqual({ name: 'x' })
  })

  test('that is not valid is told field by field', async () => {
    const { body } = await post()
      .send({ name: 'x'.repeat(11), size: { width: '1' } })
      .expect(400)
    expect(body).toMatchObject({ code: 'validation_failed', detail: expect.stringMatching(/^name: /) })
    expect(body.errors.map(({ path }: { path: string }) => path)).toEqual(['name', 'size.width'])
  })

  test.each(['{', '"text"', '1', 'null', '{"name":"x"}}', '\u0000'])('that is not JSON (%j) is a 400', async (text) => {
    expect((await post().send(text).expect(400)).body.code).toBe('invalid_json')
  })

  test('of another type is a 400 that says what to send', async () => {
    const { body } = await post('text/plain').send('{"name":"x"}').expect(400)
    expect(body).toMatchObject({ code: 'invalid_json', detail: expect.stringContaining('application/json') })
  })

  test('that is missing is a 400, as is an empty one', async () => {
    expect((await post().expect(400)).body.code).toBe('validation_failed')
    expect((await post().send('').expect(400)).body.code).toBe('validation_failed')
  })

  test('in a strange character set or encoding is a 415', async () => {
    await post('application/json; charset=klingon').send('{"name":"x"}').expect(415)
    await post('application/json; charset=utf-7').send('{"name":"x"}').expect(415)
    await post('application/json; charset=utf-16').send('{"name":"x"}').expect(415)
    await post().set('content-encoding', 'magic').send('{"name":"x"}').expect(415)
  })

  test.each(['utf8', 'UTF8', '"utf8"', 'Utf-8'])('in UTF-8 is taken, however that is written: %s', async (charset) => {
    await post(`application/json; charset=${charset}`).send('{"name":"x"}').expect(201)
  })

  test('that says gzip but is none is a 400', async () => {
    await post().set('content-encoding', 'gzip').send('{"name":"x"}').expect(400)
  })

  test('that is too large is a 413, with a length or without one', async () => {
    const text = JSON.stringify({ name: 'x'.repeat(210_000) })
    expect((await post().send(text).expect(413)).body).toMatchObject({
      code: 'payload_too_large',
      detail: expect.stringContaining('200kb'),
    })
    expect(await postInChunks(`${running.url}${things}`, text)).toBe(413)
  })

  test('that is wanted as it came keeps every byte, and its own limit', async () => {
    const bytes = Buffer.from([0, 255, 123, 10, 195, 40])
    const send = (body: Buffer) =>
      client()
        .post('/api/raw')
        .set('content-type', 'application/octet-stream')
        .serialize((same: unknown) => same as string)
        .send(body)
    expect((await send(bytes).expect(200)).body.hex).toBe(bytes.toString('hex'))
    expect((await client().post('/api/raw').expect(200)).body.hex).toBe('')
    const { body } = await send(Buffer.alloc(103_000)).expect(413)
    expect(body.detail).toContain('100kb')
  })
})

/** Without a Content-Length, so that the size is known only as it comes. */
function postInChunks(url: string, text: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: asUser(), 'content-type': 'application/json' }
    const request = httpRequest(url, { method: 'POST', headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    request.on('error', reject)
    request.write(text.slice(0, 100))
    request.end(text.slice(100))
  })
}

describe('a file', () => {
  const post = (type = 'text/csv') =>
    client().post('/api/upload').set({ authorization: asUser(), 'content-type': type })

  test('comes as a stream, larger than other bodies, and its answer may begin before its end', async () => {
    const { body } = await post().send('x'.repeat(300_000)).expect(200)
    expect(body).toEqual({ bytes: 300_000 })
  })

  test('of another type is a 415, and one that is too large a 413', async () => {
    expect((await post('application/json').send('{}').expect(415)).body.detail).toContain('text/csv')
    expect((await post().send('x'.repeat(300_001)).expect(413)).body.code).toBe('payload_too_large')
    await client().post('/api/upload').set('content-type', 'text/csv').send('x').expect(401)
  })

  test('that is handed out is what the handler wrote', async () => {
    const { text } = await client().get('/api/download').expect(200).expect('content-type', /csv/)
    expect(text).toBe('a,b\n1,2\n')
  })
})

test('an empty filter is none', async () => {
  await client().get(`${things}?limit=`).expect(200)
})

test('a wrong query is told by its name', async () => {
  const { body } = await client().get(`${things}?limit=ten`).expect(400)
  expect(body.errors).toMatchObject([{ path: 'limit' }])
})

test('a 204 has no body', async () => {
  const { text } = await client().delete(`${things}/${randomUUID()}`).set({ authorization: asUser() }).expect(204)
  expect(text).toBe('')
})

describe('a request id', () => {
  test('that is sane is kept: answered, logged, known to the work', async () => {
    lines.length = 0
    const answer = await client().get(things).set('x-request-id', 'trace.me_42-x').expect(200)
    expect(answer.get('x-request-id')).toBe('trace.me_42-x')
    expect(answer.body.requestId).toBe('trace.me_42-x')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: 'request', requestId: 'trace.me_42-x', method: 'GET', path: things, status: 200 },
    ])
  })

  test.each(['a b c d e f', `${'x'.repeat(129)}`, '{"a":"bcdefgh"}', ''])('like %p is replaced', async (id) => {
    const answer = await client().get(things).set('x-request-id', id).expect(200)
    expect(answer.get('x-request-id')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-/)
  })

  test('is another one for each request', async () => {
    const [one, two] = [await client().get(things), await client().get(things)]
    expect(one.get('x-request-id')).not.toBe(two.get('x-request-id'))
  })
})

describe('health', () => {
  test('is alive and ready', async () => {
    expect((await client().get('/health').expect(200)).body).toEqual({ status: 'ok' })
    expect((await client().get('/ready').expect(200)).body).toEqual({ status: 'ready' })
  })

  test('is not ready while what it needs is gone, but alive', async () => {
    ready = async () => {
      throw new Error('connect ECONNREFUSED 10.0.0.1:5432')
    }
    const answer = await client().get('/ready').expect(503)
    expect(answer.body.code).toBe('not_ready')
    expect(answer.get('retry-after')).toBeDefined()
    expect(answer.text).not.toContain('10.0.0.1')
    await client().get('/health').expect(200)
    ready = async () => undefined
  })
})
