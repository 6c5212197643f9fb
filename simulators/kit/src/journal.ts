import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** An append-only file of JSON lines: what is in it survives the death of the process (not of the machine: no fsync). */
export type Journal<Event> = { append(event: Event): void; compact(): void; close(): void }

/** What a journal is the memory of. */
export type Store<Event> = {
  apply(event: Event): void
  /** The events that rebuild it, the shortest possible journal. */
  events(): Iterable<Event>
  /** About how many events those are. */
  size(): number
  /** The file is written anew after so many lines more. */
  maxAppended: number
}

/** For a simulator that forgets everything when it stops. */
export const noJournal: Journal<unknown> = { append: () => {}, compact: () => {}, close: () => {} }

const linesPerWrite = 1000

/** Replays the file into the state and goes on at its end. Throws one clear line when it is not a whole journal. */
export function openJournal<Event>(path: string, store: Store<Event>): Journal<Event> {
  mkdirSync(dirname(path), { recursive: true })
  let { current, lines } = replay(path, store)
  let linesWhenCompact = 0
  const compact = () => {
    const fresh = rewrite(path, store)
    closeSync(current.file)
    current = fresh
    linesWhenCompact = store.size()
    lines = linesWhenCompact
  }
  return {
    append(event) {
      // The state holds every earlier event already, so this is the moment at which the file may be written anew from it.
      if (lines - linesWhenCompact >= store.maxAppended) compact()
      writeWhole(current, `${JSON.stringify(event)}\n`)
      lines += 1
    },
    compact,
    close: () => closeSync(current.file),
  }
}

type OpenFile = { file: number; size: number }

/** Written aside and renamed, so that a death in the middle leaves the old journal whole. */
function rewrite<Event>(path: string, store: Store<Event>): OpenFile {
  const fresh = { file: openSync(`${path}.new`, 'w', 0o600), size: 0 }
  let lines: string[] = []
  for (const event of store.events()) {
    lines.push(JSON.stringify(event))
    if (lines.length === linesPerWrite) lines = flush(fresh, lines)
  }
  flush(fresh, lines)
  renameSync(`${path}.new`, path)
  return fresh
}

function flush(open: OpenFile, lines: string[]): string[] {
  if (lines.length > 0) writeWhole(open, `${lines.join('\n')}\n`)
  return []
}

/** A disk that fills up must not leave half a line for the next one to be glued to. */
function writeWhole(open: OpenFile, text: string) {
  const bytes = Buffer.from(text)
  try {
    const written = writeSync(open.file, bytes, 0, bytes.length, open.size)
    if (written < bytes.length) throw new Error('The disk is full: the journal cannot be written.')
    open.size += written
  } catch (error) {
    ftruncateSync(open.file, open.size)
    throw error
  }
}

function replay<Event>(path: string, store: Store<Event>): { current: OpenFile; lines: number } {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  // A process killed while writing leaves a last line without its end: nobody was told of it.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  const lines = whole.split('\n').slice(0, -1)
  lines.forEach((line, index) => {
    try {
      store.apply(JSON.parse(line))
    } catch {
      throw new Error(`Line ${index + 1} of the journal ${path} cannot be read: remove the file to start over.`)
    }
  })
  const file = openSync(path, existsSync(path) ? 'r+' : 'w+', 0o600)
  const size = Buffer.byteLength(whole)
  ftruncateSync(file, size)
  return { current: { file, size }, lines: lines.length }
}
