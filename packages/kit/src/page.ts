import { z } from 'zod'
import { validationFailed } from './errors'

/** Makes the opaque `nextCursor`: the sort key of the last row of a page. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/** Reads a cursor back. Throws a 400 Problem where it is not one that this list gave. */
export function decodeCursor<S extends z.ZodType>(cursor: string, key: S): z.output<S> {
  try {
    return key.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
  } catch {
    throw validationFailed([{ path: 'cursor', message: 'is not a cursor that this list gave' }])
  }
}

/** A time with its microseconds in a cursor. PostgreSQL has no year 0. */
export const cursorTime = z.iso.datetime({ precision: 6 }).refine((time) => !time.startsWith('0000'))

/** The cursor of a list that is ordered by time, newest first: `[created_at, id]`. */
export const timeCursor = z.tuple([cursorTime, z.uuid()])

/**
 * Splits the `limit + 1` rows that were asked for into a page and its cursor, so that no query is needed to know
 * whether more follow.
 */
export function cutPage<T>(rows: T[], limit: number, keyOf: (row: T) => readonly (string | number)[]) {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return { page, nextCursor: rows.length > limit && last ? encodeCursor(keyOf(last)) : null }
}
