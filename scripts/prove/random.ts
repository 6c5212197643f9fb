/** Numbers that look random and are the same for the same seed and name: each stream is a plan of its own. */
export interface Random {
  /** From 0 up to 1. */
  next(): number
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  pickWeighted<T extends { weight: number }>(list: readonly T[]): T
  /** So many letters and digits. */
  text(length: number): string
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'

export function createRandom(seed: number, name: string): Random {
  let state = mix(`${seed}|${name}`)
  // Mulberry32: quick, and even enough to choose by.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: (list) => list[between(0, list.length - 1)] as (typeof list)[number],
    pickWeighted(list) {
      let left = next() * list.reduce((sum, { weight }) => sum + weight, 0)
      for (const each of list) {
        left -= each.weight
        if (left < 0) return each
      }
      return list.at(-1) as (typeof list)[number]
    },
    text: (length) => Array.from({ length }, () => alphabet[between(0, alphabet.length - 1)]).join(''),
  }
}

/** FNV-1a over the text's characters. */
function mix(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash
}
