import { counter, gauge, histogram, queryRow, readSeldom } from '@duka/kit'
import type { Sequelize } from 'sequelize'

/** Answers to orders, those to the same question again included. */
export const reservations = counter({
  name: 'stock_reservations_total',
  help: 'Answers about reservations: held, insufficient, price_changed, committed (sold) and released.',
  labels: ['outcome'],
})
for (const outcome of ['held', 'insufficient', 'price_changed', 'committed', 'released']) reservations.with(outcome)

const sizes = histogram({
  name: 'stock_reservation_batch_size',
  help: 'How many orders held stock in one go.',
  labels: [],
  bounds: [1, 2, 5, 10, 20, 50],
})
export const batchSizes = sizes.with()

/** As low as admins are shown it unasked. */
const lowStock = 5
const maxCounted = 100_000

interface Row {
  held: number
  oldest: number | null
  low: number
}

/** Says how the stock stands, when somebody looks. */
export function watchStock(database: Sequelize): void {
  const read = readSeldom(() =>
    queryRow<Row>(
      database,
      `SELECT
         (SELECT count(*) FROM (SELECT 1 FROM reservations WHERE status = 'active' LIMIT ${maxCounted}) AS held)::int AS held,
         (SELECT extract(epoch FROM now() - min(created_at))::float8 FROM reservations WHERE status = 'active') AS oldest,
         (SELECT count(*) FROM (
           SELECT 1 FROM products WHERE is_active AND low_stock <= ${lowStock} LIMIT ${maxCounted}) AS low)::int AS low`,
    ),
  )
  gauge({
    name: 'stock_reservations_held',
    help: `Reservations that hold stock which is not sold yet, up to ${maxCounted}.`,
    labels: [],
    read: async () => [[(await read())?.held ?? 0]],
  })
  gauge({
    name: 'stock_reservation_oldest_held_seconds',
    help: 'How long the oldest of these has held; 0 where there is none.',
    labels: [],
    read: async () => [[(await read())?.oldest ?? 0]],
  })
  gauge({
    name: 'stock_low_products',
    help: `Products on sale of which ${lowStock} pieces or fewer can be bought, up to ${maxCounted}.`,
    labels: [],
    read: async () => [[(await read())?.low ?? 0]],
  })
}
