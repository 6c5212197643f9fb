import type { Books } from './books'

/** Something that does not hold. */
export interface Complaint {
  /** The order, payment or product, as a person names it. */
  about: string
  what: string
  orderId?: string | undefined
  /** What will end it by itself or by a person: a pending job, an open review. Without one it is a violation. */
  cover?: string | undefined
}

export interface Finding extends Complaint {
  invariant: string
}

export interface Invariant {
  name: string
  /** What holds, in a sentence. */
  rule: string
  /** Yields what does not hold. Says by `count` how many things it has looked at. */
  check(books: Books, count: (things: number) => void): AsyncIterable<Complaint>
}

export function isViolation({ cover }: Complaint): boolean {
  return cover === undefined
}
