import type { Sequelize } from 'sequelize'
import { gauge, type Histogram, histogram, type Reading } from './metrics'
import { type Span, startInner } from './tracer'

const durations = histogram({
  name: 'db_query_duration_seconds',
  help: 'Time of a statement in PostgreSQL and on the way there, by what it does; without waiting for a connection.',
  labels: ['kind'],
  bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10],
})

/** Statements are mostly constants, each looked at once. */
const known = new Map<string, Histogram>()
const maxKnown = 500

/** Where the time of a statement is counted. */
export function durationsOf(sql: string): Histogram {
  const found = known.get(sql)
  if (found) return found
  const durationsOfKind = durations.with(kindOf(sql))
  if (known.size < maxKnown) known.set(sql, durationsOfKind)
  return durationsOfKind
}

const transactions = /^(start|begin|commit|rollback|savepoint|release)\b/
const writes = /\b(?:insert into|delete from|(?<!for )(?<!for no key )(?<!do )update)\b/
const functionCall = /^select\s(?:[^()]*\sfrom\s+)?[a-z_.]+\(\s*\$1\b/

/** What a statement does: of one with several parts, what its first write does. */
export function kindOf(sql: string): string {
  const text = sql.trim().toLowerCase()
  if (transactions.test(text)) return 'transaction'
  const write = /^(with|insert|update|delete)\b/.test(text) && writes.exec(text)
  if (write) return write[0].slice(0, 6)
  if (functionCall.test(text)) return 'call'
  return /^(select|with)\b/.test(text) ? 'select' : 'other'
}

/** A text of ours has no values in it; one that Sequelize put together may. */
export function startStatementSpan(sql: string, isOurs: boolean): Span | undefined {
  const fields = () => ({ 'db.system.name': 'postgresql', 'db.query.text': isOurs ? sql : undefined })
  return startInner('client', () => `postgresql ${kindOf(sql)}`, fields)
}

interface Pool {
  using: number
  available: number
  waiting: number
  maxSize: number
}

const pools = new Set<Pool>()
const sum = (field: keyof Pool) => [...pools].reduce((total, pool) => total + pool[field], 0)

gauge({
  name: 'db_pool_connections',
  help: 'Connections to PostgreSQL that are used and idle, and work that waits for one.',
  labels: ['state'],
  read: (): Reading[] => [
    [sum('using'), 'used'],
    [sum('available'), 'idle'],
    [sum('waiting'), 'waiting'],
  ],
})
gauge({
  name: 'db_pool_connections_max',
  help: 'Connections to PostgreSQL that there may be.',
  labels: [],
  read: () => [[sum('maxSize')]],
})

type QueryClass = new (...given: never[]) => { run(sql: string, parameters?: unknown): Promise<unknown> }

/** Counts a database's connections, and the time of the statements that Sequelize sends by itself. */
export function watchDatabase(database: Sequelize): void {
  const inside = database as unknown as { connectionManager: { pool: Pool }; dialect: { Query: QueryClass } }
  pools.add(inside.connectionManager.pool)
  const { Query } = inside.dialect
  inside.dialect.Query = class extends Query {
    override async run(sql: string, parameters?: unknown) {
      const startedAt = performance.now()
      const span = startStatementSpan(sql, false)
      try {
        return await super.run(sql, parameters)
      } catch (error) {
        span?.end(error)
        throw error
      } finally {
        span?.end()
        durationsOf(sql).observeSince(startedAt)
      }
    }
  }
}
