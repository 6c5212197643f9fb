import type { Complaint, Invariant } from './finding'
import { inBatches } from './in-batches'

interface Shelf {
  id: string
  name: string
  stock: number
  owned: string | null
  available: string | null
  held: string | null
  sold: string | null
  reserved: string | null
  committed: string | null
}

const batch = 500

// One statement sees one moment, so this holds at any time, whatever is being bought.
const sql = `
  WITH shelf AS (SELECT id, name, sku, stock FROM products WHERE id > $1 ORDER BY id LIMIT ${batch}),
    moved AS (
      SELECT product_id, sum(available_delta) AS available, sum(held_delta) AS held, sum(sold_delta) AS sold,
        sum(available_delta + held_delta + sold_delta) FILTER (WHERE kind NOT IN ('reserve', 'commit', 'release')) AS owned
      FROM stock_movements WHERE product_id IN (SELECT id FROM shelf) GROUP BY 1),
    kept AS (
      SELECT product_id, sum(quantity) FILTER (WHERE status = 'active') AS reserved,
        sum(quantity) FILTER (WHERE status = 'committed') AS committed
      FROM reservation_lines JOIN reservations USING (order_id, attempt)
      WHERE product_id IN (SELECT id FROM shelf) GROUP BY 1)
  SELECT id, name || ' (' || sku || ')' AS name, stock, available, held, sold, owned, reserved, committed
  FROM shelf LEFT JOIN moved ON moved.product_id = id LEFT JOIN kept ON kept.product_id = id ORDER BY id`

export const checkStock: Invariant = {
  name: 'stock',
  rule: 'What came in is what can be bought, is held and is sold; nothing is below zero.',
  async *check({ product }, count) {
    for await (const shelves of inBatches((after) => product.rows<Shelf>(sql, [after]))) {
      count(shelves.length)
      for (const shelf of shelves) yield* complainAbout(shelf)
    }
  },
}

function* complainAbout(shelf: Shelf): Generator<Complaint> {
  const about = `product ${shelf.name}`
  const [available, held, sold, owned] = [shelf.available, shelf.held, shelf.sold, shelf.owned].map(Number) as Sums
  const [reserved, committed] = [Number(shelf.reserved), Number(shelf.committed)]
  if (shelf.stock !== available)
    yield { about, what: `${shelf.stock} can be bought, and its movements say ${available}` }
  if (reserved !== held) yield { about, what: `reservations hold ${reserved}, and its movements say ${held}` }
  if (committed !== sold) yield { about, what: `reservations sold ${committed}, and its movements say ${sold}` }
  if (owned !== shelf.stock + reserved + committed) {
    const parts = `${shelf.stock} + ${reserved} held + ${committed} sold`
    yield { about, what: `${owned} came in, and there are ${parts}` }
  }
  if (Math.min(shelf.stock, available, held, sold) < 0) yield { about, what: 'is below zero' }
}

type Sums = [number, number, number, number]
