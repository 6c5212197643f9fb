import { addProduct, attemptOf, type Catalogue, expectSoundLedger, lineOf, startCatalogue, stockOf } from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue()
})
afterAll(() => shop.stop())
afterEach(() => expectSoundLedger(shop))

async function heldAttempt(stock = 5, quantity = 2) {
  const product = await addProduct(shop, { stock })
  const attempt = attemptOf(shop, [lineOf(product, quantity)])
  await attempt.reserve().expect(200)
  return { product, ...attempt }
}

async function movementsOf(productId: string, kind: string) {
  return shop.rows('SELECT 1 FROM stock_movements WHERE product_id = $1 AND kind = $2', [productId, kind])
}

describe('committing', () => {
  it('turns held into sold, once', async () => {
    const { product, key, commit } = await heldAttempt()
    const answers = await Promise.all([commit(), commit(), commit()])
    for (const { status, body } of answers) {
      expect({ status, body }).toEqual({ status: 200, body: { reservation: { ...key, status: 'committed' } } })
    }
    await commit().expect(200)
    expect(await stockOf(shop, product)).toBe(3)
    expect(await movementsOf(product.id, 'commit')).toHaveLength(1)
  })

  it('knows nothing of an attempt that never came', async () => {
    expect((await attemptOf(shop, []).commit().expect(404)).body.code).toBe('not_found')
  })

  it('is refused once the attempt is released', async () => {
    const { commit, release } = await heldAttempt()
    await release().expect(200)
    expect((await commit().expect(409)).body.code).toBe('reservation_released')
  })
})

describe('releasing', () => {
  it.each(['active', 'committed'])('gives back once what an attempt holds that is %s', async (status) => {
    const { product, key, commit, release } = await heldAttempt()
    if (status === 'committed') await commit().expect(200)
    const answers = await Promise.all([release(), release(), release()])
    for (const answer of answers) expect(answer.body).toEqual({ reservation: { ...key, status: 'released' } })
    await release().expect(200)
    expect(await stockOf(shop, product)).toBe(5)
    expect(await movementsOf(product.id, 'release')).toHaveLength(1)
  })

  it('or commits, never both, when both come at once', async () => {
    const attempts = await Promise.all(Array.from({ length: 10 }, () => heldAttempt(1, 1)))
    const answers = await Promise.all(attempts.flatMap(({ commit, release }) => [commit(), release()]))
    expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([])
    for (const { product } of attempts) expect(await stockOf(shop, product)).toBe(1)
  })

  it('of one attempt leaves the next one alone', async () => {
    const { product, key, release } = await heldAttempt()
    await release().expect(200)
    await attemptOf(shop, [lineOf(product, 1)], { ...key, attempt: 2 })
      .reserve()
      .expect(200)
    await release().expect(200)
    expect(await stockOf(shop, product)).toBe(4)
  })

  it('gives back also where the count has gone up to the limit since', async () => {
    const { product, release } = await heldAttempt()
    await shop.asAdmin('patch', `/api/products/${product.id}`, { stock: 1_000_000_000 }).expect(200)
    await release().expect(200)
    expect(await stockOf(shop, product)).toBe(1_000_000_002)
  })

  it('needs a reason', async () => {
    const { key } = await heldAttempt()
    await shop.asOrder('reservations/release', key).expect(400)
  })
})
