import { untilSaved } from '../src/until-saved'
import { newUser, type Shop, startShop, stockProduct } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())

describe('saving a cart that others change', () => {
  it('takes turns after three tries, and gives up after eight', async () => {
    const user = newUser(shop)
    await user.add(stockProduct(shop)).expect(200)
    const tries: string[] = []
    const attempt = untilSaved(shop.deps, { userId: user.id }, async (transaction, isFirst) => {
      const locked = await shop.rows('SELECT 1 FROM carts WHERE user_id = $1 FOR UPDATE SKIP LOCKED', [user.id])
      tries.push(`${isFirst ? 'first' : 'again'}, ${locked.length === 0 ? 'locked' : 'free'}`)
      expect(transaction !== null).toBe(locked.length === 0)
      return undefined
    })
    await expect(attempt).rejects.toMatchObject({ status: 503, code: 'cart_busy' })
    expect(tries).toEqual(['first, free', 'again, free', 'again, free', ...Array(5).fill('again, locked')])
  })

  it('ends with what the attempt gave', async () => {
    let tries = 0
    const done = await untilSaved(shop.deps, { tokenHash: null }, async () => {
      tries += 1
      return tries === 5 ? 'saved' : undefined
    })
    expect([done, tries]).toEqual(['saved', 5])
  })
})
