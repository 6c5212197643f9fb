import type { Shopper } from './shopper'

export interface Line {
  productId: string
  quantity: number
}

export interface AcknowledgedOrder {
  id: string
  owner: Shopper
  totalAmount: number
  /** Unknown where a request before it got no answer. */
  lines: Line[] | undefined
  expiresAt: Date | undefined
}

export interface AcknowledgedPayment {
  id: string
  owner: Shopper
  orderId: string
}

/** What a customer put into a cart that nobody clears, by product: for sure, and if all that got no answer came in too. */
export interface Basket {
  email: string
  least: Map<string, number>
  most: Map<string, number>
}

/** Everything that the shop has said yes to, and every promise that it was seen to break at once. */
export class Memory {
  readonly orders = new Map<string, AcknowledgedOrder>()
  readonly baskets: Basket[] = []
  readonly payments = new Map<string, AcknowledgedPayment>()
  readonly cancelled = new Set<string>()
  /** Orders that are to be paid in cash, as their customers were told. */
  readonly confirmed = new Set<string>()
  /** Orders that somebody wanted to refuse at the door. */
  readonly refused = new Set<string>()
  /** Payments whose cash was collected. */
  readonly collected = new Set<string>()
  readonly refunds = new Set<string>()
  /** Payments that somebody reversed in Safaricom's portal. */
  readonly reversed = new Set<string>()
  /** The reasons of changes of stock, each used once. */
  readonly restocks = new Set<string>()
  /** Bodies that were answered 200 at an address for callbacks, by that address' secret or nothing. */
  readonly callbacks: { secret: string; body: string }[] = []
  readonly broken: string[] = []
  private readonly counts = new Map<string, number>()

  count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by)
  }

  counted(what: string): number {
    return this.counts.get(what) ?? 0
  }

  /** Counters whose names begin so, the greatest first, without that beginning. */
  list(prefix: string): [string, number][] {
    return [...this.counts]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, count]): [string, number] => [name.slice(prefix.length), count])
      .sort(([, a], [, b]) => b - a)
  }
}
