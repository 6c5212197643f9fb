import { damaged } from './archive'

/** Takes as many bytes as are wanted from a stream of chunks. */
export class ByteReader {
  private readonly chunks: AsyncIterator<Buffer>
  private rest: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Buffer>) {
    this.chunks = source[Symbol.asyncIterator]()
  }

  /** Exactly so many bytes. */
  async read(bytes: number): Promise<Buffer> {
    const parts: Buffer[] = []
    for (let left = bytes; left > 0; ) {
      if (this.rest.length === 0) await this.refill()
      const part = this.rest.subarray(0, left)
      this.rest = this.rest.subarray(part.length)
      left -= part.length
      parts.push(part)
    }
    return Buffer.concat(parts)
  }

  private async refill(): Promise<void> {
    const { value, done } = await this.chunks.next()
    if (done) throw damaged('it is cut off')
    this.rest = value
  }
}
