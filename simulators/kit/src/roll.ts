/**
 * A number in [0, 1) that depends on nothing but seed, name and sequence. Each fault draws by its own name, so that
 * turning one on does not change what another does, and a restart repeats the same decisions.
 */
export function roll(seed: number, name: string, sequence: number): number {
  return hash32(`${seed}|${name}|${sequence}`) / 2 ** 32
}

/** FNV-1a with murmur3's finaliser: quick and evenly spread; nothing here needs to be secret. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
