import { z } from 'zod'
import { cutPage, decodeCursor, encodeCursor, timeCursor } from '../src'

const id = '01890a5d-ac96-774b-bcce-b302099a8057'
const at = '2026-01-02T03:04:05.123456Z'

test('a cursor is read back to the microsecond', () => {
  expect(decodeCursor(encodeCursor([at, id]), timeCursor)).toEqual([at, id])
  expect(encodeCursor(['ü', 1])).toMatch(/^[\w-]+$/)
})

const wrong: [string, string][] = [
  ['no base64', '%%%'],
  ['no JSON', Buffer.from('{').toString('base64url')],
  ['nothing', ''],
  ['null', encodeCursor(null as never)],
  ['a cursor of another list', encodeCursor([100, id])],
  ['SQL', encodeCursor([at, "' OR 1=1"])],
  ['too many parts', encodeCursor([at, id, 1])],
  ['too few parts', encodeCursor([at])],
  ['a time that is none', encodeCursor(['yesterday', id])],
]

test.each(wrong)('%s is a 400', (_what, cursor) => {
  try {
    decodeCursor(cursor, timeCursor)
  } catch (error) {
    expect(error).toMatchObject({ status: 400, code: 'validation_failed', extra: { errors: [{ path: 'cursor' }] } })
    return
  }
  throw new Error('It was taken.')
})

test('a page ends where its limit is, and its cursor leads to the rest', () => {
  const rows = [5, 4, 3, 2, 1].map((key) => ({ key }))
  const key = z.tuple([z.number()])
  const seen: number[] = []
  let cursor: string | null = null
  do {
    const after: number = cursor ? decodeCursor(cursor, key)[0] : Number.POSITIVE_INFINITY
    const asked = rows.filter((row) => row.key < after).slice(0, 3)
    const { page, nextCursor } = cutPage(asked, 2, (row) => [row.key])
    seen.push(...page.map((row) => row.key))
    cursor = nextCursor
  } while (cursor)
  expect(seen).toEqual([5, 4, 3, 2, 1])
})

test.each([0, 1, 2])('%i rows of a page of two are the last page', (count) => {
  const rows = Array.from({ length: count }, (_, key) => ({ key }))
  expect(cutPage(rows, 2, (row) => [row.key])).toEqual({ page: rows, nextCursor: null })
})
