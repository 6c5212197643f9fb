import type { Key } from './cart-store'

/** How long a cart is kept after its last change. */
const guestDays = 7
const userDays = 30
const dayMs = 86_400_000

/** When a cart ends that is changed now. Those that orders know by their id are users'. */
export function expiryOf(key: Key): Date {
  return new Date(Date.now() + ('tokenHash' in key ? guestDays : userDays) * dayMs)
}
