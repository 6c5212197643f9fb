import { gauge } from '@duka/kit'
import bcrypt from 'bcrypt'
import { type Limits, limitConcurrency } from './limit-concurrency'

/** bcrypt reads no further, so a longer password would match by its beginning. */
const maxBytes = 72

/**
 * bcrypt works in libuv's pool of four threads, which files and name look-ups need too, and keeps a core busy for a
 * fifth of a second or more. The last of 24 that wait was served after 6 seconds on two busy cores (measured).
 */
const limits: Limits = { atOnce: 2, waiting: 24 }

export interface Passwords {
  hash(password: string): Promise<string>
  /** Whether a password fits a hash, however it was composed. Takes the same time without a hash, and then it never does. */
  matches(password: string, hash: string | undefined): Promise<boolean>
  /** Whether a hash was made at the cost of now. */
  isCurrent(hash: string): boolean
}

/** Hashes and compares passwords. Both throw a 503 Problem where too many wait already. */
export function createPasswords(cost: number, { atOnce, waiting } = limits): Passwords {
  const turns = limitConcurrency({ atOnce, waiting })
  const { inTurn } = turns
  gauge({
    name: 'password_hash_queue_length',
    help: 'Passwords that wait for being hashed or compared.',
    labels: [],
    read: () => [[turns.waiting()]],
  })
  const nobodysHash = bcrypt.genSaltSync(cost) + '.'.repeat(31)
  return {
    hash: (password) => inTurn(() => bcrypt.hash(password, cost)),
    async matches(password, hash) {
      const fits = await inTurn(() => fitsInAnyForm(password, hash ?? nobodysHash))
      return fits && hash !== undefined
    },
    isCurrent: (hash) => bcrypt.getRounds(hash) === cost,
  }
}

/**
 * New hashes are of NFC; older ones are of what a keyboard happened to send. All forms are compared, also behind the one
 * that fits, so that the time tells nothing. A password in ASCII has one form.
 */
async function fitsInAnyForm(password: string, hash: string): Promise<boolean> {
  const forms = new Set([password, password.normalize('NFC'), password.normalize('NFD')])
  let fits = false
  for (const form of forms) {
    const isSame = await bcrypt.compare(form, hash)
    if (isSame && Buffer.byteLength(form) <= maxBytes) fits = true
  }
  return fits
}
