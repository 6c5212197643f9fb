import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** Writes one line in the name of a process. */
export type Output = (name: string, line: string) => void

const colours = [36, 32, 33, 35, 34, 96, 92, 93, 95, 94]
const nameWidth = 8

/** Lines to a stream, each behind its process's name; coloured when a person watches. */
export function createOutput(stream: NodeJS.WriteStream): Output {
  const seen = new Map<string, number>()
  return (name, line) => {
    if (!seen.has(name)) seen.set(name, seen.size)
    const padded = name.padEnd(nameWidth)
    const colour = colours[(seen.get(name) ?? 0) % colours.length]
    stream.write(`${stream.isTTY ? `\u001b[${colour}m${padded}\u001b[0m` : padded} | ${line}\n`)
  }
}

export function forwardLines(source: Readable, take: (line: string) => void): void {
  createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY }).on('line', take)
}
