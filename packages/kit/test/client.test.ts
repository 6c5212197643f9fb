import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { endpoint } from '@duka/contracts'
import { startFakeService, testProof } from '@duka/testkit'
import { z } from 'zod'
import { createClient, currentRequestId, Problem, RemoteRefused, RemoteUnavailable, route, runInContext } from '../src'

const readThing = endpoint({
  service: 'product',
  method: 'GET',
  path: '/api/internal/things/:name',
  summary: '',
  access: { services: ['order'] },
  params: z.object({ name: z.string() }),
  query: z.object({ page: z.string().optional() }),
  response: z.object({ name: z.string(), page: z.string().nullable(), caller: z.string(), requestId: z.string() }),
})
const makeThing = endpoint({
  service: 'product',
  method: 'POST',
  path: '/api/things',
  summary: '',
  access: 'anyone',
  body: z.object({}),
  response: z.object({ ok: z.literal(true) }),
})

/** A server that treats its n-th request as the n-th of these says, and the rest as the last. */
async function startOdd(...answers: RequestListener[]) {
  const requests: IncomingMessage[] = []
  const server: Server = createServer((request, response) => {
    requests.push(request)
    const answer = answers[Math.min(requests.length, answers.length) - 1]!
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  const client = createClient({ target: 'product', baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 300 })
  return { requests, stop, port, call: () => client.call(makeThing, { body: {} }) }
}

const json =
  (status: number, body: unknown): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
const ok = json(200, { ok: true })
const cut: RequestListener = (request) => void request.socket.destroy()

async function failureOf<T>(call: Promise<T>): Promise<unknown> {
  try {
    await call
  } catch (error) {
    return error
  }
  throw new Error('It did not fail.')
}

test('calls by contract: path, query, proof and request id', async () => {
  const service = await startFakeService('product', [
    route(readThing, ({ params, query, caller }) => ({
      name: params.name,
      page: query.page ?? null,
      caller: caller ?? '',
      requestId: currentRequestId() ?? '',
    })),
  ])
  const client = createClient({ target: 'product', baseUrl: service.url, proof: testProof('order') })
  const name = 'a/b?c=ü&%'
  const answer = await runInContext({ requestId: 'request-77' }, () =>
    client.call(readThing, { params: { name }, query: { page: '2 & 3' } }),
  )
  expect(answer).toEqual({ name, page: '2 & 3', caller: 'order', requestId: 'request-77' })
  const stranger = createClient({ target: 'product', baseUrl: service.url, proof: testProof('cart') })
  const refused = await failureOf(stranger.call(readThing, { params: { name: 'x' }, query: {} }))
  expect(refused).toMatchObject({ name: 'RemoteRefused', status: 403, code: 'forbidden', target: 'product' })
  await service.stop()
})

test('a refusal carries the whole problem document, and is not tried again', async () => {
  const odd = await startOdd(json(409, { code: 'insufficient_stock', available: 2 }))
  const error = (await failureOf(odd.call())) as RemoteRefused
  expect(error).toBeInstanceOf(RemoteRefused)
  expect(error).toMatchObject({ status: 409, code: 'insufficient_stock', document: { available: 2 } })
  expect(odd.requests).toHaveLength(1)
  await odd.stop()
})

test.each([['<html>'], [''], ['null'], ['[1]']])('a refusal that is no document (%p) is one still', async (text) => {
  const odd = await startOdd(json(404, text))
  expect(await failureOf(odd.call())).toMatchObject({ name: 'RemoteRefused', status: 404, code: 'unknown' })
  await odd.stop()
})

test('a 5xx is unavailable, of unknown effect, and is not tried again', async () => {
  const odd = await startOdd(json(503, { code: 'service_unavailable' }))
  const error = await failureOf(odd.call())
  expect(error).toBeInstanceOf(RemoteUnavailable)
  expect(error).toMatchObject({ status: 503, sent: true, timedOut: false, reason: 'answered 503' })
  expect(odd.requests).toHaveLength(1)
  await odd.stop()
})

test('where our proof is not taken, the other side is unavailable, and has refused nothing', async () => {
  const service = await startFakeService('product', [
    route(readThing, () => {
      throw new Error('reached')
    }),
  ])
  const unproven = createClient({ target: 'product', baseUrl: service.url })
  const error = await failureOf(unproven.call(readThing, { params: { name: 'x' }, query: {} }))
  expect(error).toBeInstanceOf(RemoteUnavailable)
  expect(error).toMatchObject({ status: 503, reason: expect.stringMatching(/^answered 401: .*clocks/) })
  await service.stop()
})

test('a cut connection is tried again twice', async () => {
  const odd = await startOdd(cut, cut, ok)
  expect(await odd.call()).toEqual({ ok: true })
  expect(odd.requests).toHaveLength(3)
  await odd.stop()
  const worse = await startOdd(cut)
  expect(await failureOf(worse.call())).toMatchObject({ status: 503, sent: true, reason: 'ECONNRESET' })
  expect(worse.requests).toHaveLength(3)
  await worse.stop()
})

test('a refused connection was certainly not sent', async () => {
  const odd = await startOdd(ok)
  await odd.stop()
  expect(await failureOf(odd.call())).toMatchObject({ status: 503, sent: false, reason: 'ECONNREFUSED' })
})

test('several addresses take turns; what one refuses goes to another, and is sent once', async () => {
  const [one, other] = [await startOdd(ok), await startOdd(ok)]
  const baseUrl = [one, other].map(({ port }) => `http://127.0.0.1:${port}`)
  const client = createClient({ target: 'product', baseUrl })
  const calls = ({ requests }: { requests: IncomingMessage[] }) => requests.filter(({ url }) => url !== '/ready').length
  for (let round = 0; round < 4; round++) await client.call(makeThing, { body: {} })
  expect([calls(one), calls(other)]).toEqual([2, 2])
  await one.stop()
  for (let round = 0; round < 4; round++) await client.call(makeThing, { body: {} })
  expect([calls(one), calls(other)]).toEqual([2, 6])
  await other.stop()
  expect(await failureOf(client.call(makeThing, { body: {} }))).toMatchObject({ status: 503 })
})

test('more calls than connections wait for one, and fail together where none comes about', async () => {
  const odd = await startOdd(ok)
  const client = createClient({ target: 'product', baseUrl: `http://127.0.0.1:${odd.port}` })
  const callMany = () => Promise.allSettled(Array.from({ length: 150 }, () => client.call(makeThing, { body: {} })))
  expect((await callMany()).map(({ status }) => status)).toEqual(Array(150).fill('fulfilled'))
  expect(new Set(odd.requests.map(({ socket }) => socket)).size).toBeLessThanOrEqual(64)
  await odd.stop()
  for (const outcome of await callMany()) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { reason: 'ECONNREFUSED' } })
  }
})

test('one try that may have arrived is enough for "sent", whatever became of the later ones', async () => {
  const odd = await startOdd((request) => {
    // The process dies with the request in its hands, and does not come back.
    void odd.stop()
    request.socket.destroy()
  })
  expect(await failureOf(odd.call())).toMatchObject({ sent: true, reason: 'ECONNREFUSED' })
})

test.each<[string, RequestListener]>([
  ['says nothing', () => undefined],
  [
    'never ends',
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const timer = setInterval(() => response.write(' '), 50)
      response.on('close', () => clearInterval(timer))
    },
  ],
])('a service that %s is a 504 in time, and is asked once', async (_what, answer) => {
  const odd = await startOdd(answer)
  const startedAt = Date.now()
  expect(await failureOf(odd.call())).toMatchObject({
    status: 504,
    code: 'upstream_timeout',
    sent: true,
    timedOut: true,
  })
  expect(Date.now() - startedAt).toBeLessThan(2_000)
  expect(odd.requests).toHaveLength(1)
  await odd.stop()
})

test('an answer that breaks the contract is an error, not data', async () => {
  const odd = await startOdd(json(200, { ok: 'yes' }))
  expect(await failureOf(odd.call())).toBeInstanceOf(z.ZodError)
  await odd.stop()
})

test('an answer without end is not read without end', async () => {
  const odd = await startOdd(json(200, `"${'x'.repeat(6_000_000)}"`))
  expect(await failureOf(odd.call())).toBeInstanceOf(RemoteUnavailable)
  await odd.stop()
})

test('a redirect is not followed', async () => {
  const target = await startOdd(ok)
  const odd = await startOdd((_request, response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${target.port}/api/things` }).end()
  })
  await failureOf(odd.call())
  expect(target.requests).toHaveLength(0)
  await Promise.all([odd.stop(), target.stop()])
})

test('what the other side sees as unavailable is a problem for our own client', () => {
  const error = new RemoteUnavailable('product', true, false, 'ECONNRESET 10.0.0.7')
  expect(error).toBeInstanceOf(Problem)
  expect(JSON.stringify(error.toDocument('r'))).not.toMatch(/product|10\.0\.0\.7/)
})
