import { type authContract as contract, type InputOf, normalizeEmail, readPartOfPhoneNumber } from '@duka/contracts'
import { cutPage, decodeCursor, queryRow, queryRows, timeCursor } from '@duka/kit'
import type { Deps } from './deps'
import { toUser, type UserRow, userColumns } from './user'

type Query = InputOf<typeof contract.listUsers>['query']

/** What is searched for: `$1` as a name in lower case, `$2` as a phone number and `$3` as an email are kept; null for everybody. */
const matching = `($1::text IS NULL OR strpos(email, $3) > 0 OR strpos(lower(name), $1) > 0
  OR strpos(phone_number, $2) > 0)`

function spellingsOf(search: string | undefined): (string | null)[] {
  if (search === undefined) return [null, null, null]
  return [search.toLowerCase(), readPartOfPhoneNumber(search) ?? null, normalizeEmail(search)]
}

/** Users, newest first, by part of their name, email or phone number. */
export async function listUsers({ reads }: Deps, query: Query) {
  const bind = spellingsOf(query.search)
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
     FROM users WHERE ${matching} AND ($4::timestamptz IS NULL OR (created_at, id) < ($4, $5::uuid))
     ORDER BY created_at DESC, id DESC LIMIT $6 OFFSET $7`,
    [...bind, after?.[0] ?? null, after?.[1] ?? null, limit + 1, after ? 0 : (page - 1) * limit],
  )
}
