import { cutPage, decodeCursor, searchRows, timeCursor } from '@duka/kit'
import type { Deps } from './deps'

/** An SQL condition, with a `?` for each of its values. */
export type Condition = readonly [sql: string, ...values: unknown[]]

/** Only the conditions that are asked for are in a statement, so that each search can use its own index. */
function joinConditions(conditions: readonly Condition[]): { where: string; bind: unknown[] } {
  let at = 0
  const where = conditions.map(([sql]) => sql).join(' AND ') || 'true'
  return { where: where.replace(/\?/g, () => `$${++at}`), bind: conditions.flatMap(([, ...values]) => values) }
}

interface List {
  table: string
  /** The column that it is ordered by, then by id. */
  time: string
  direction: 'ASC' | 'DESC'
  conditions: readonly Condition[]
}

interface Asked {
  cursor?: string | undefined
  page: number
  limit: number
}

/** One page of a list that is ordered by time, in the envelope of all lists but for the names of its things. */
export async function readPage<T extends object>(deps: Deps, list: List, { cursor, page, limit }: Asked) {
  const after = cursor ? decodeCursor(cursor, timeCursor) : undefined
  const [rows, total] = await Promise.all([
    readRows<T>(deps, list, after, limit, after ? 0 : (page - 1) * limit),
    countRows(deps, list),
  ])
  const cut = cutPage(rows, limit, (row) => [row.cursor_time, row.id])
  const place = { currentPage: page, totalPages: Math.ceil(total / limit), nextCursor: cut.nextCursor }
  return { rows: cut.page as T[], total, place }
}

function readRows<T extends object>(
  { reads }: Deps,
  { table, time, direction, conditions }: List,
  after: readonly [string, string] | undefined,
  limit: number,
  offset: number,
) {
  const sign = direction === 'ASC' ? '>' : '<'
  const beyond: Condition[] = after ? [[`(${time}, id) ${sign} (?::timestamptz, ?::uuid)`, ...after]] : []
  const { where, bind } = joinConditions([...conditions, ...beyond])
  return searchRows<T & { id: string; cursor_time: string }>(
    reads,
    `SELECT *, to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS cursor_time FROM ${table}
     WHERE ${where} ORDER BY ${time} ${direction}, id ${direction} LIMIT ${limit + 1} OFFSET ${offset}`,
    bind,
  )
}

async function countRows({ reads }: Deps, { table, conditions }: List): Promise<number> {
  const { where, bind } = joinConditions(conditions)
  const sql = `SELECT count(*)::int AS total FROM ${table} WHERE ${where}`
  const [row] = await searchRows<{ total: number }>(reads, sql, bind)
  return row?.total ?? 0
}
