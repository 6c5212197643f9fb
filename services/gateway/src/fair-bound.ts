/** What a client holds for as long as it likes, such as a body that is still arriving. */
export interface Held {
  readonly client: string
  weight: number
  /** Ends it. It has been taken out before. */
  sendAway(): void
}

interface Share {
  weight: number
  /** The oldest first. */
  held: Set<Held>
}

export interface FairLimits {
  max: number
  maxPerClient: number
}

/**
 * What all clients hold together, within bounds. Nobody new is refused: where it grows too much, the oldest of the client
 * that holds most is sent away, so one who holds much and lets go of nothing is in nobody's way but its own.
 */
export class FairBound {
  private weight = 0
  private readonly shares = new Map<string, Share>()

  constructor(private readonly limits: FairLimits) {}

  add(held: Held): void {
    const share = this.shares.get(held.client) ?? { weight: 0, held: new Set() }
    this.shares.set(held.client, share)
    share.held.add(held)
    this.weigh(share, held.weight)
  }

  /** Of what was taken out before, nothing counts. */
  grow(held: Held, by: number): void {
    const share = this.shares.get(held.client)
    if (!share?.held.has(held)) return
    held.weight += by
    this.weigh(share, by)
  }

  remove(held: Held): void {
    const share = this.shares.get(held.client)
    if (!share?.held.delete(held)) return
    share.weight -= held.weight
    this.weight -= held.weight
    if (share.held.size === 0) this.shares.delete(held.client)
  }

  private weigh(share: Share, by: number): void {
    share.weight += by
    this.weight += by
    while (share.weight > this.limits.maxPerClient) this.sendOldestAway(share)
    while (this.weight > this.limits.max) this.sendOldestAway(this.largest())
  }

  private sendOldestAway({ held }: Share): void {
    const [oldest] = held as Set<Held> & [Held]
    this.remove(oldest)
    oldest.sendAway()
  }

  /** Among equals, the one that came first. */
  private largest(): Share {
    let largest: Share | undefined
    for (const share of this.shares.values()) if (share.weight > (largest?.weight ?? 0)) largest = share
    return largest as Share
  }
}
