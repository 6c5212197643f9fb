import { createReadStream } from 'node:fs'

/** A part of a CSV file: whole lines, without the first one, which names the columns. */
export interface Piece {
  header: string
  text: string
  /** The number of its first line in the file. */
  firstLine: number
  /** Bytes of the file read by its end. */
  bytesRead: number
}

/** A stray quote would otherwise make one piece of all that follows it. */
const maxGrowth = 3

/** Reads a CSV in pieces of about `lines` lines. None ends within a quoted cell, as far as that can be told. */
export async function* readPieces(path: string, lines: number): AsyncGenerator<Piece> {
  let header: string | undefined
  let kept: string[] = []
  let isOpen = false
  let firstLine = 2
  let bytesRead = 0
  for await (const line of readLines(path)) {
    bytesRead += Buffer.byteLength(line)
    if (header === undefined) {
      header = line
      continue
    }
    kept.push(line)
    if (line.split('"').length % 2 === 0) isOpen = !isOpen
    if (kept.length < lines || (isOpen && kept.length < lines * maxGrowth)) continue
    yield { header, text: kept.join(''), firstLine, bytesRead }
    firstLine += kept.length
    kept = []
    isOpen = false
  }
  if (header !== undefined) yield { header, text: kept.join(''), firstLine, bytesRead }
}

/** With their ends. */
async function* readLines(path: string): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of createReadStream(path, 'utf8')) {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) yield `${part}\n`
  }
  if (rest !== '') yield rest
}
