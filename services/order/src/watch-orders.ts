import type { Actor } from '@duka/contracts'
import { counter, gauge, queryRow, queryRows, type Reading, readSeldom } from '@duka/kit'
import type { Sequelize } from 'sequelize'
import { type OrderStatus, transitions } from './order'

const moves = counter({
  name: 'orders_moved_total',
  help: 'Orders that came to a status, and who moved them there: customer, admin or system.',
  labels: ['to', 'actor'],
})

/** To be called once the move is committed. */
export function countMove(to: OrderStatus, { id, role }: Actor): void {
  const someone = role === 'customer' ? 'customer' : 'admin'
  moves.with(to, id === null ? 'system' : someone).inc()
}

/** Where somebody still has something to do, or to wait for. */
const open: readonly OrderStatus[] = ['pending', 'confirmed', 'paid', 'processing', 'shipped']
/** More are not counted, so that the count has an end. */
const maxCounted = 100_000

for (const to of Object.keys(transitions) as OrderStatus[]) moves.with(to, 'system')

/** Says how the orders stand, when somebody looks. */
export function watchOrders(database: Sequelize): void {
  gauge({
    name: 'orders_open',
    help: `Orders in each status that is not the last one, up to ${maxCounted}.`,
    labels: ['status'],
    read: readSeldom(async () => {
      const rows = await queryRows<{ status: string; total: number }>(
        database,
        `SELECT s.status, (SELECT count(*) FROM (
           SELECT 1 FROM orders o WHERE o.status = s.status AND o.status NOT IN ('placing', 'rejected')
           LIMIT ${maxCounted}) AS counted)::int AS total
         FROM unnest($1::text[]) AS s (status)`,
        [open],
      )
      return rows.map(({ status, total }): Reading => [total, status])
    }),
  })
  gauge({
    name: 'orders_expiry_overdue_seconds',
    help: 'For how long the time of the unpaid order whose time was up first has been up; 0 where there is none.',
    labels: [],
    read: readSeldom(async () => {
      const row = await queryRow<{ seconds: number | null }>(
        database,
        `SELECT extract(epoch FROM now() - min(expires_at))::float8 AS seconds
         FROM orders WHERE status = 'pending' AND expires_at <= now()`,
      )
      return [[row?.seconds ?? 0]]
    }),
  })
}
