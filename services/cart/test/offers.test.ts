import { keepOffers } from '../src/offers'

const line = (productId: string, price = 10, available = 5) => ({
  productId,
  quantity: 1,
  found: true,
  sufficient: true,
  available,
  name: 'Kikoi',
  price,
  currency: 'KES',
  imageUrl: null,
})

describe('what product said', () => {
  it('is good for ten seconds, counted from when it was asked', () => {
    let now = 100_000
    const offers = keepOffers(() => now)
    offers.learn(line('a', 19.99), 95_000)
    expect(offers.since(null).get('a')).toMatchObject({ price: 1999, available: 5, onSale: true })
    now = 104_999
    const view = offers.since(null)
    now = 105_000
    expect(offers.since(null).get('a')).toBeUndefined()
    // A request that began while it was fresh ends with it.
    expect(view.get('a')).toBeDefined()
  })

  it('does not count for a cart that was handed over after it was asked', () => {
    const offers = keepOffers(() => 100_000)
    offers.learn(line('a'), 95_000)
    expect(offers.since(new Date(94_999)).get('a')).toBeDefined()
    expect(offers.since(new Date(95_000)).get('a')).toBeUndefined()
  })

  it('is not replaced by an older answer that comes later', () => {
    const offers = keepOffers(() => 100_000)
    offers.learn(line('a', 12), 99_000)
    offers.learn(line('a', 11), 98_000)
    expect(offers.since(null).get('a')?.price).toBe(1200)
  })

  it('is kept of so many products only, the oldest forgotten first', () => {
    const offers = keepOffers(() => 100_000, 2)
    for (const id of ['a', 'b', 'a', 'c']) offers.learn(line(id), 99_000)
    const { get } = offers.since(null)
    expect(['a', 'b', 'c'].filter((id) => get(id))).toEqual(['a', 'c'])
  })

  it('has nothing to sell of a product that is not found', () => {
    const offers = keepOffers(() => 100_000)
    offers.learn({ ...line('a'), found: false }, 99_000)
    expect(offers.since(null).get('a')).toMatchObject({ onSale: false, available: 0 })
  })
})
