import { gatherCalls, isOneOfThem, Problem, queryRow } from '@duka/kit'
import type { Sequelize } from 'sequelize'
import { batchSizes } from './watch-stock'

/** One attempt of an order; each product stands in one line. */
export interface Attempt {
  orderId: string
  attempt: number
  lines: AttemptLine[]
}

export interface AttemptLine {
  productId: string
  quantity: number
  /** As decimal text; null for any price. */
  price: string | null
}

export interface RefusedLine {
  productId: string
  quantity: number
  available: number
  price: string | null
}

export type Outcome = { status: 'active' | 'committed' | 'released' } | { status: 'refused'; lines: RefusedLine[] }

export type HoldStock = (attempt: Attempt) => Promise<Outcome>

/** Enough for a hot product; more would only keep its row locked for longer. */
const maxBatch = 50
/** Some seconds of work; who waits for longer has given up. */
const maxWaiting = 2_000

/**
 * Holds stock for attempts, those that meet at a product together. An order of several products queues for one of
 * them only: for the others the database's locks do.
 */
export function createHoldStock(database: Sequelize): HoldStock {
  return gatherCalls<Attempt, Outcome>({
    laneOf: ({ lines }) => lines.reduce((least, { productId }) => (productId < least ? productId : least), '~'),
    keyOf: ({ orderId }) => orderId,
    maxBatch,
    maxWaiting,
    tooMany,
    isOneOfThem,
    async run(attempts) {
      batchSizes.observe(attempts.length)
      const sql = 'SELECT reserve_orders($1::jsonb) AS outcomes'
      const row = await queryRow<{ outcomes: Outcome[] }>(database, sql, [JSON.stringify(attempts)])
      return row!.outcomes
    },
  })
}

function tooMany(): Problem {
  const detail = 'Too many orders want this product at this moment. Try again.'
  return new Problem(503, 'too_busy', detail, { headers: { 'Retry-After': '1' } })
}
