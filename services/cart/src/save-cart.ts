import type { Cart } from './cart'
import type { KeptAnswer } from './kept-answer'
import type { Line } from './line'
import { toLineRow } from './line-row'

/** A cart as it was read, and what it is to become. */
export interface Change {
  cart: Cart
  lines: Line[]
  /** undefined where the lines only show what the catalogue says now: the cart stays the version it was. */
  expiresAt: Date | undefined
  /** Whose the cart is, where it is a new one. */
  owner?: { userId: string } | { tokenHash: string | null }
  /** Kept with the change, under the caller's Idempotency-Key. */
  answer?: KeptAnswer | null
  /** The order that took out what the lines lack. */
  orderId?: string
  /** A guest's cart that ends with this. */
  joining?: Cart | undefined
}

/** The cart once `saveCart` has saved the change. */
export function applyChange({ cart, lines, expiresAt }: Change): Cart {
  return {
    ...cart,
    version: cart.version + (expiresAt ? 1 : 0),
    revision: cart.revision + 1,
    expiresAt: expiresAt ?? cart.expiresAt,
    lines,
    stored: lines,
  }
}

/** Nothing to write: lines are replaced where they change, never altered. */
export function isUnchanged({ cart: { stored }, lines, answer, orderId, joining }: Change): boolean {
  if (answer || orderId || joining) return false
  return lines.length === stored.length && lines.every((line, index) => line === stored[index])
}

/** What the database's `save_cart` takes. */
export function toRow({ cart, lines, expiresAt, owner, answer, orderId, joining }: Change) {
  const before = new Set(cart.stored)
  const kept = new Set(lines.map(({ id }) => id))
  return {
    id: cart.id,
    user_id: owner && 'userId' in owner ? owner.userId : null,
    guest_token_hash: owner && 'tokenHash' in owner ? owner.tokenHash : null,
    version: cart.version,
    revision: cart.revision,
    step: expiresAt ? 1 : 0,
    expires_at: expiresAt ?? cart.expiresAt,
    lines: lines.filter((line) => !before.has(line)).map(toLineRow),
    gone: cart.stored.filter(({ id }) => !kept.has(id)).map(({ id }) => id),
    joining: joining ? { id: joining.id, version: joining.version, revision: joining.revision } : null,
    key: answer ?? null,
    order_id: orderId ?? null,
  }
}
