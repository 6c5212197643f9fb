import { colours, kinds, materials, towns } from './kinds'

export interface MadeProduct {
  sku: string
  name: string
  description: string
  price: string
  stock: number
  category: string
}

/** The product of a number: always the same one, so that an interrupted seeding can go on. */
export function makeProduct(n: number): MadeProduct {
  const pick = picker(n)
  const kind = pick(kinds)
  const [from, to] = kind.price
  const [thing, colour, material, town] = [pick(kind.things), pick(colours), pick(materials), pick(towns)]
  return {
    sku: `SEED-${String(n).padStart(7, '0')}`,
    name: `${pick(kind.brands)} ${thing} ${pick(kind.sizes)} ${colour} ${1000 + (n % 9000)}`,
    description: `${thing} in ${colour}, made of ${material}. Sent from ${town} within two days; can be given back for a week.`,
    price: `${from + pick.number(to - from)}.00`,
    // Some are sold out, and some nearly.
    stock: pick.number(10) === 0 ? pick.number(4) : 5 + pick.number(400),
    category: kind.category,
  }
}

/** Choices that look random, out of a number (xorshift). */
function picker(seed: number) {
  let state = (Math.imul(seed, 2_654_435_761) ^ 0x9e3779b9) >>> 0 || 1
  const number = (below: number) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
  const pick = <T>(things: readonly [T, ...T[]] | readonly T[]): T => things[number(things.length)] as T
  return Object.assign(pick, { number })
}
