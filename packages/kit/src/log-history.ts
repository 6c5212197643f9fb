interface Mark {
  at: number
  position: bigint
}

/**
 * Where the primary's write-ahead log ended, time and again. Whoever has replayed it to a position then shows all that
 * was committed when the primary was asked, whatever the clocks of either say.
 */
export class LogHistory {
  private readonly marks: Mark[] = []

  constructor(private readonly keptMs: number) {}

  /** The log reached `position` at the earliest after `at`. */
  note(at: number, position: bigint): void {
    this.marks.push({ at, position })
    while (this.marks[0] && this.marks[0].at < at - this.keptMs) this.marks.shift()
  }

  /** When the primary was asked last. */
  get latest(): number {
    return this.marks.at(-1)?.at ?? Number.NEGATIVE_INFINITY
  }

  /** As of when at least everything is there for who has replayed so far. */
  provenBy(position: bigint): number {
    return this.marks.findLast((mark) => mark.position <= position)?.at ?? Number.NEGATIVE_INFINITY
  }
}
