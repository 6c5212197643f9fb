import type { authContract as contract, InputOf } from '@duka/contracts'
import { cutPage, decodeCursor, queryRow, queryRows, timeCursor } from '@duka/kit'
import type { Deps } from './deps'
import { toUser, type UserRow, userColumns } from './user'

type Query = InputOf<typeof contract.listUsers>['query']

/** `$1` is what is searched for, in lower case, and `$2` the same as a phone number is kept; null for everybody. */
const matching = `($1::text IS NULL OR strpos(email, $1) > 0 OR strpos(lower(name), $1) > 0
  OR strpos(phone_number, $2) > 0)`

/** 0712 345 678 and +254712345678 are kept as 254712345678; null where it is no part of a number. */
function asKeptPhone(search: string): string | null {
  const digits = search.replace(/[ \-()]/g, '').replace(/^(?:\+|0(?=[17]))/, (prefix) => (prefix === '0' ? '254' : ''))
  return /^\d+$/.test(digits) ? digits : null
}

/** Users, newest first, by part of their name, email or phone number. */
export async function listUsers({ reads }: Deps, query: Query) {
  const search = query.search?.toLowerCase() ?? null
  const bind = [search, search && asKeptPhone(search)]
  const [rows, count] = await Promise.all([
    readPage(reads, bind, query),
    queryRow<{ total: number }>(reads, `SELECT count(*)::int AS total FROM users WHERE ${matching}`, bind),
  ])
  const { page, nextCursor } = cutPage(rows, query.limit, (row) => [row.cursor_time, row.id])
  const totalUsers = count?.total ?? 0
  return {
    users: page.map(toUser),
    currentPage: query.page,
    totalPages: Math.ceil(totalUsers / query.limit),
    totalUsers,
    nextCursor,
  }
}

function readPage(reads: Deps['reads'], bind: (string | null)[], { cursor, page, limit }: Query) {
  const after = cursor ? decodeCursor(cursor, timeCursor) : null
  return queryRows<UserRow & { cursor_time: string }>(
    reads,
    `SELECT ${userColumns}, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS cursor_time
     FROM users WHERE ${matching} AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))
     ORDER BY created_at DESC, id DESC LIMIT $5 OFFSET $6`,
    [...bind, after?.[0] ?? null, after?.[1] ?? null, limit + 1, after ? 0 : (page - 1) * limit],
  )
}
