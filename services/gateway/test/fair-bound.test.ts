import { FairBound, type Held } from '../src/fair-bound'

let gone: string[]
let bound: FairBound

beforeEach(() => {
  gone = []
  bound = new FairBound({ max: 10, maxPerClient: 6 })
})

function hold(name: string, client: string, weight = 1): Held {
  const held = { client, weight, sendAway: () => void gone.push(name) }
  bound.add(held)
  return held
}

test('within the bounds everybody stays', () => {
  for (let each = 0; each < 5; each++) for (const client of ['a', 'b']) hold(`${client}${each}`, client)
  expect(gone).toEqual([])
})

test('beyond its own bound a client loses its oldest, beyond that of all the one that holds most', () => {
  for (let each = 0; each < 7; each++) hold(`a${each}`, 'a')
  expect(gone).toEqual(['a0'])
  for (let each = 0; each < 5; each++) hold(`b${each}`, 'b')
  expect(gone).toEqual(['a0', 'a1'])
  for (const client of ['c', 'd', 'e']) hold(client, client)
  expect(gone).toEqual(['a0', 'a1', 'a2', 'b0', 'a3'])
})

test('what grows counts, until it is taken out', () => {
  const [old, grown] = [hold('old', 'a'), hold('grown', 'a')]
  bound.grow(grown, 4)
  expect(gone).toEqual([])
  bound.grow(grown, 1)
  expect(gone).toEqual(['old'])
  bound.remove(old)
  bound.remove(grown)
  bound.grow(grown, 100)
  hold('new', 'a', 6)
  expect(gone).toEqual(['old'])
})

test('among equals the one that came first goes', () => {
  for (let each = 0; each < 11; each++) hold(`${each}`, `client ${each}`)
  expect(gone).toEqual(['0'])
})
