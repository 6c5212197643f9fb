/** Smaller pieces are put together: kept apart, a body in pieces of one byte would take hundreds of times its size. */
const blockBytes = 4_096

/** A body as it came, in memory of twice its size at most. Large pieces are not copied. */
export class BodyPieces {
  length = 0
  readonly pieces: Buffer[] = []
  private block = Buffer.alloc(0)
  /** What is left of the block, if that is the last piece. */
  private room = 0

  /** Says how much more memory it takes. */
  add(piece: Buffer): number {
    this.length += piece.length
    // Most bodies come in one piece.
    if (this.pieces.length > 0 && piece.length < blockBytes) return this.join(piece)
    this.room = 0
    this.pieces.push(piece)
    return piece.length
  }

  private join(piece: Buffer): number {
    const isNew = piece.length > this.room
    if (isNew) this.openBlock()
    const at = blockBytes - this.room
    piece.copy(this.block, at)
    this.room -= piece.length
    this.pieces[this.pieces.length - 1] = this.block.subarray(0, at + piece.length)
    return isNew ? blockBytes : 0
  }

  private openBlock(): void {
    this.block = Buffer.allocUnsafeSlow(blockBytes)
    this.room = blockBytes
    this.pieces.push(this.block)
  }
}
