import type { productContract } from '@duka/contracts'
import { asUser } from '@duka/testkit'
import supertest from 'supertest'
import { ask, startGateway, type TestGateway } from '../services/gateway/test/support'
import { addProduct, type Catalogue, startCatalogue } from '../services/product/test/support'

/**
 * The caches of the product service, the gateway and a browser together, by one clock: whoever reads through the gateway
 * sees no change later than two seconds after it was made by the instance that is asked, or five by another one.
 */
const boundMs = { asked: 2_000, other: 5_000 }
type Instance = keyof typeof boundMs

let now = 0
let thinkingMs = 0
let shop: Catalogue
let gateway: TestGateway
let admins: Record<Instance, ReturnType<typeof supertest>>

beforeAll(async () => {
  shop = await startCatalogue(() => now)
  gateway = await startGateway({ now: () => now })
  gateway.services.product.answer = (request, response) => {
    shop.app(request, response)
    now += thinkingMs
  }
  admins = { asked: supertest(shop.app), other: supertest(shop.startOther()) }
})
afterAll(async () => {
  await gateway.stop()
  await shop.stop()
})

interface Reading {
  body: { product?: productContract.Product; products?: productContract.Product[] }
  etag: string
  freshUntil: number
}

interface Counted {
  hits: number
  notModified: number
}

/** Keeps what it may for as long as it may (RFC 9111), and asks with the tag of what it has. */
function startBrowser(counted: Counted) {
  const kept = new Map<string, Reading>()
  return async (path: string): Promise<Reading['body']> => {
    const known = kept.get(path)
    if (known && known.freshUntil > now) return known.body
    const askedAt = now
    const answer = await ask(gateway, path, { headers: known ? { 'If-None-Match': known.etag } : {} })
    expect([200, 304]).toContain(answer.status)
    expect(answer.headers['cache-control']).toBe('public, max-age=2')
    if (answer.headers.age !== undefined) counted.hits++
    if (answer.status === 304) counted.notModified++
    const body = answer.status === 304 && known ? known.body : (answer.json() as Reading['body'])
    const freshMs = (2 - Number(answer.headers.age ?? 0)) * 1_000
    kept.set(path, { body, etag: String(answer.headers.etag), freshUntil: askedAt + freshMs })
    return body
  }
}

/** Numbers that look random, the same ones each time. */
function createRandom(seed: number) {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

interface Write {
  price: number
  at: number
  by: Instance
}

async function write(id: string, price: number, by: Instance): Promise<Write> {
  const headers = { authorization: asUser(shop.adminId, 'admin') }
  await admins[by].patch(`/api/products/${id}`).set(headers).send({ price }).expect(200)
  return { price, at: now, by }
}

/** Prices only go up, so what is missing of the writes is what a price is below. */
function expectFresh(price: number | undefined, writes: Write[]): void {
  const missed = writes.filter((written) => written.price > (price ?? 0))
  for (const { at, by } of missed) expect(now - at).toBeLessThanOrEqual(boundMs[by])
}

describe.each([1, 2, 3])('reads through all caches, seed %s', (seed) => {
  it('are never older than they may be', async () => {
    const random = createRandom(seed)
    const { id, category } = await addProduct(shop, { price: 1, category: `Shelf ${seed}` })
    const paths = [`/api/products/${id}`, `/api/products?category=${encodeURIComponent(category!)}`]
    const counted = { hits: 0, notModified: 0 }
    const browsers = [startBrowser(counted), startBrowser(counted)]
    const writes: Write[] = []
    for (let step = 2; step < 400; step++) {
      now += random(4) === 0 ? random(2_500) : random(300)
      thinkingMs = random(5) === 0 ? random(400) : 0
      if (random(8) === 0) writes.push(await write(id, step, random(2) === 0 ? 'asked' : 'other'))
      const body = await browsers[random(2)]!(paths[random(2)]!)
      expectFresh(body.product?.price ?? body.products?.[0]?.price, writes)
    }
    thinkingMs = 0
    // All that could hide a mistake took part.
    expect(counted.hits).toBeGreaterThan(10)
    expect(counted.notModified).toBeGreaterThan(10)
    expect(new Set(writes.map(({ by }) => by)).size).toBe(2)
  })
})

it('a change by the instance that is asked shows after two seconds, by another one after five', async () => {
  for (const by of ['asked', 'other'] as const) {
    now += 60_000
    const { id } = await addProduct(shop, { price: 1 })
    const read = async () => {
      const answer = await ask(gateway, `/api/products/${id}`)
      return (answer.json() as { product: productContract.Product }).product.price
    }
    expect(await read()).toBe(1)
    await write(id, 2, by)
    now += boundMs.asked - 1
    expect(await read()).toBe(1)
    now += 1
    // What the gateway had is too old; the service itself knows of its own changes only.
    expect(await read()).toBe(by === 'asked' ? 2 : 1)
    now += boundMs.other - boundMs.asked
    expect(await read()).toBe(2)
  }
})
