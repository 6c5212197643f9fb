import { productContract } from '@duka/contracts'
import { type Client, RemoteRefused, RemoteUnavailable } from '@duka/kit'
import { restClient } from '../src/rest-client'
import { newUser, type Shop, startShop, stockProduct } from './support'

type Outcome = 'answers' | 'refuses' | 'hangs up'

/** A client whose other side does as it is told, and a clock. */
function startScene() {
  const scene = { calls: 0, outcome: 'hangs up' as Outcome, ms: 0 }
  const client = {
    async call() {
      scene.calls++
      if (scene.outcome === 'hangs up') throw new RemoteUnavailable('product', true, true, 'ETIMEDOUT')
      if (scene.outcome === 'refuses') throw new RemoteRefused('product', 400, 'validation_failed', {})
      return { available: true, items: [] }
    },
  } as unknown as Client
  const resting = restClient(client, { target: 'product', now: () => scene.ms })
  const ask = () => resting.call(productContract.checkStock, { body: { items: [] } })
  const reason = () =>
    ask().then(
      () => 'none',
      (error) => error.reason ?? error.code,
    )
  return Object.assign(scene, { ask, reason })
}

async function tireOut(scene: ReturnType<typeof startScene>): Promise<void> {
  for (let n = 0; n < 3; n++) expect(await scene.reason()).toBe('ETIMEDOUT')
}

describe('a client that rests', () => {
  it('asks nobody after three calls in a row without an answer', async () => {
    const scene = startScene()
    await tireOut(scene)
    for (let n = 0; n < 10; n++) expect(await scene.reason()).toBe('resting')
    expect(scene.calls).toBe(3)
  })

  it('lets one call try after a while, and rests on when it fails', async () => {
    const scene = startScene()
    await tireOut(scene)
    scene.ms += 2_000
    expect((await Promise.all([scene.reason(), scene.reason(), scene.reason()])).sort()).toEqual([
      'ETIMEDOUT',
      'resting',
      'resting',
    ])
    scene.ms += 1_999
    expect(await scene.reason()).toBe('resting')
    expect(scene.calls).toBe(4)
  })

  it('is there for all again as soon as one is answered', async () => {
    const scene = startScene()
    await tireOut(scene)
    scene.ms += 2_000
    scene.outcome = 'answers'
    for (let n = 0; n < 5; n++) expect(await scene.reason()).toBe('none')
    scene.outcome = 'hangs up'
    await tireOut(scene)
  })

  it('takes a refusal for an answer', async () => {
    const scene = startScene()
    for (const outcome of ['hangs up', 'hangs up', 'refuses', 'hangs up', 'hangs up', 'refuses'] as const) {
      scene.outcome = outcome
      expect(await scene.reason()).toBe(outcome === 'refuses' ? 'validation_failed' : 'ETIMEDOUT')
    }
  })
})

describe('carts while product accepts calls and never answers', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await startShop()
  })
  afterAll(() => shop.stop())

  it('are shown unverified without asking, and are verified again by themselves', async () => {
    const user = newUser(shop)
    await user.add(stockProduct(shop), 2).expect(200)
    shop.passTime()
    shop.product.mood = 'silent'
    for (let n = 0; n < 3; n++) expect((await user.read().expect(200)).body.cart.verified).toBe(false)
    const asked = shop.product.calls
    for (let n = 0; n < 20; n++) {
      expect((await user.read().expect(200)).body.cart).toMatchObject({ verified: false, itemCount: 2 })
    }
    expect(shop.product.calls).toBe(asked)
    await user.add(stockProduct(shop)).expect(503).expect('Retry-After', '2')
    shop.product.mood = 'up'
    shop.passTime(2_000)
    expect((await user.read().expect(200)).body.cart.verified).toBe(true)
  })
})
