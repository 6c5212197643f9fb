import type { authContract as contract, InputOf } from '@duka/contracts'
import { decodeCursor, encodeCursor, queryRows, timeCursor, userTokenSeconds } from '@duka/kit'
import type { Deps } from './deps'

type Query = InputOf<typeof contract.listRevocations>['query']

interface Row {
  id: string
  /** Of a user; null of a session. */
  version: number | null
  cursor_time: string
}

const pageSize = 1_000

/**
 * What ended gets its time before its transaction commits, so somebody who asks in between would miss it. Every answer
 * therefore goes back by more than a transaction can last.
 */
const overlapSeconds = 60

const firstId = '00000000-0000-0000-0000-000000000000'

/** What ended since `since`, oldest first. Read from sessions and users themselves: no list that could be forgotten. */
export async function listRevocations({ database }: Deps, { since }: Query) {
  const after = since === undefined ? [null, firstId] : decodeCursor(since, timeCursor)
  const next = await nextTime(database)
  const rows = await queryRows<Row>(
    database,
    `WITH start AS (
       SELECT greatest($1::timestamptz, now() - make_interval(secs => ${userTokenSeconds + overlapSeconds})) AS at),
     ended AS (
       (SELECT id, NULL::int AS version, ended_at AS at FROM sessions, start
        WHERE ended_at IS NOT NULL AND (ended_at, id) > (start.at, $2::uuid) ORDER BY 3, 1 LIMIT ${pageSize})
       UNION ALL
       (SELECT id, token_version, tokens_ended_at FROM users, start
        WHERE tokens_ended_at IS NOT NULL AND (tokens_ended_at, id) > (start.at, $2::uuid) ORDER BY 3, 1 LIMIT ${pageSize}))
     SELECT id, version, ${cursorText('at')} AS cursor_time FROM ended ORDER BY at, id LIMIT ${pageSize}`,
    after,
  )
  const last = rows.at(-1)
  const more = rows.length === pageSize && last !== undefined
  return {
    revocations: rows.map(({ id, version }) => (version === null ? { sessionId: id } : { userId: id, version })),
    next: more ? encodeCursor([last.cursor_time, last.id]) : next,
    more,
  }
}

async function nextTime(database: Deps['database']): Promise<string> {
  const [row] = await queryRows<{ time: string }>(
    database,
    `SELECT ${cursorText(`now() - make_interval(secs => ${overlapSeconds})`)} AS time`,
  )
  return encodeCursor([row?.time ?? '', firstId])
}

function cursorText(time: string): string {
  return `to_char((${time}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}
