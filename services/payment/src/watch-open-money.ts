import { gauge, queryRows, type Reading, readSeldom } from '@duka/kit'
import type { Sequelize } from 'sequelize'

const providers = ['mpesa', 'stripe', 'cash_on_delivery']
const maxCounted = 10_000

interface Open {
  label: string
  total: number
  age: number
}

/** Open rows by a label, oldest first, up to a number of them. */
const openRefunds = `
  SELECT provider AS label, count(*)::int AS total, max(extract(epoch FROM now() - created_at))::float8 AS age
  FROM (SELECT p.provider, r.created_at FROM refunds r JOIN payments p ON p.id = r.payment_id
        WHERE r.status IN ('requested', 'sent') ORDER BY r.created_at LIMIT ${maxCounted}) AS open GROUP BY provider`
const openReviews = `
  SELECT kind AS label, count(*)::int AS total, max(extract(epoch FROM now() - created_at))::float8 AS age
  FROM (SELECT kind, created_at FROM payment_reviews WHERE resolved_at IS NULL ORDER BY created_at LIMIT ${maxCounted}) AS open
  GROUP BY kind`
const lastCompleted = `
  SELECT p.provider AS label, extract(epoch FROM last.completed_at)::float8 AS at
  FROM unnest($1::text[]) AS p (provider), LATERAL (
    SELECT completed_at FROM payments WHERE provider = p.provider AND completed_at IS NOT NULL
    ORDER BY completed_at DESC LIMIT 1) AS last`

/** Says what is still to be done about money, when somebody looks. */
export function watchOpenMoney(database: Sequelize): void {
  const refunds = readSeldom(() => queryRows<Open>(database, openRefunds))
  const reviews = readSeldom(() => queryRows<Open>(database, openReviews))
  gauge({
    name: 'refunds_open',
    help: 'Refunds that are on their way or still to be sent.',
    labels: ['provider'],
    read: async () => {
      const rows = await refunds()
      const totalOf = (provider: string) => rows.find(({ label }) => label === provider)?.total ?? 0
      return providers.map((provider): Reading => [totalOf(provider), provider])
    },
  })
  gauge({
    name: 'refund_oldest_open_seconds',
    help: 'How long the oldest of these has been asked for; 0 where there is none.',
    labels: [],
    read: async () => [[oldest(await refunds())]],
  })
  gauge({
    name: 'payment_reviews_open',
    help: 'What waits for a person to decide, by why it does; reason "none" where nothing waits.',
    labels: ['reason'],
    read: async () => {
      const rows = await reviews()
      return rows.length === 0 ? [[0, 'none']] : rows.map(({ label, total }): Reading => [total, label])
    },
  })
  gauge({
    name: 'payment_review_oldest_open_seconds',
    help: 'How long the oldest of these has waited; 0 where there is none.',
    labels: [],
    read: async () => [[oldest(await reviews())]],
  })
  gauge({
    name: 'payment_last_completed_timestamp_seconds',
    help: 'When money last came, as seconds since 1970.',
    labels: ['provider'],
    read: readSeldom(async () => {
      const rows = await queryRows<{ label: string; at: number }>(database, lastCompleted, [providers])
      return rows.map(({ label, at }): Reading => [at, label])
    }),
  })
}

function oldest(rows: readonly Open[]): number {
  return Math.max(0, ...rows.map(({ age }) => age))
}
