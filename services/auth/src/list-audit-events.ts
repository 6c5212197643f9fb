import type { authContract as contract, InputOf } from '@duka/contracts'
import { cutPage, decodeCursor, queryRow, queryRows, timeCursor } from '@duka/kit'
import type { Deps } from './deps'

type Query = InputOf<typeof contract.listAuditEvents>['query']

interface AuditRow {
  id: string
  at: Date
  action: contract.AuditEvent['action']
  actor_id: string | null
  user_id: string | null
  email: string | null
  session_id: string | null
  address: string | null
  user_agent: string | null
  request_id: string | null
  details: Record<string, string>
  cursor_time: string
}

/** The conditions that were asked for, with their values, so that each can use its own index. */
function filtersOf({ action, userId, actorId, email, address, from, to }: Query) {
  const wanted: [condition: string, value: unknown][] = [
    ['action =', action],
    ['user_id =', userId],
    ['actor_id =', actorId],
    ['email =', email],
    ['address =', address],
    ['at >=', from],
    ['at <', to],
  ]
  const given = wanted.filter(([, value]) => value !== undefined)
  return {
    where: given.map(([condition], index) => `${condition} $${index + 1}`),
    bind: given.map(([, value]) => value),
  }
}

/** The audit trail, newest first. */
export async function listAuditEvents({ reads }: Deps, query: Query) {
  const { where, bind } = filtersOf(query)
  const [rows, count] = await Promise.all([
    readPage(reads, where, bind, query),
    queryRow<{ total: number }>(reads, `SELECT count(*)::int AS total FROM audit_events ${asClause(where)}`, bind),
  ])
  const { page, nextCursor } = cutPage(rows, query.limit, (row) => [row.cursor_time, row.id])
  const totalEvents = count?.total ?? 0
  return {
    events: page.map(toEvent),
    currentPage: query.page,
    totalPages: Math.ceil(totalEvents / query.limit),
    totalEvents,
    nextCursor,
  }
}

function readPage(
  reads: Deps['reads'],
  where: string[],
  bind: unknown[],
  { cursor, page, limit }: Query,
): Promise<AuditRow[]> {
  const next = bind.length + 1
  const after = cursor ? decodeCursor(cursor, timeCursor) : []
  const conditions = cursor ? [...where, `(at, id) < ($${next}::timestamptz, $${next + 1}::uuid)`] : where
  const offset = cursor ? 0 : (page - 1) * limit
  return queryRows<AuditRow>(
    reads,
    `SELECT id, at, action, actor_id, user_id, email, session_id, host(address) AS address, user_agent, request_id,
       details, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS cursor_time
     FROM audit_events ${asClause(conditions)} ORDER BY at DESC, id DESC LIMIT ${limit + 1} OFFSET ${offset}`,
    [...bind, ...after],
  )
}

function asClause(conditions: string[]): string {
  return conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
}

function toEvent(row: AuditRow): contract.AuditEvent {
  return {
    id: row.id,
    at: row.at.toISOString(),
    action: row.action,
    actorId: row.actor_id,
    userId: row.user_id,
    email: row.email,
    sessionId: row.session_id,
    address: row.address,
    userAgent: row.user_agent,
    requestId: row.request_id,
    details: row.details,
  }
}
