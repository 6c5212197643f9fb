import type { Invariant } from './finding'
import { byId, inBatches } from './in-batches'

const batch = 1000

export const checkOrphans: Invariant = {
  name: 'orphans',
  rule: 'Whatever holds or has sold stock belongs to an order that exists.',
  async *check({ product, order }, count) {
    const sql = `SELECT order_id AS id, attempt, status FROM reservations
      WHERE order_id > $1 AND status <> 'released' ORDER BY order_id LIMIT ${batch}`
    const read = (after: string) => product.rows<{ id: string; attempt: number; status: string }>(sql, [after])
    for await (const standing of inBatches(read)) {
      count(standing.length)
      const ids = standing.map(({ id }) => id)
      const orders = byId(await order.rows<{ id: string }>('SELECT id FROM orders WHERE id = ANY ($1)', [ids]))
      for (const { id, attempt, status } of standing) {
        if (orders.has(id)) continue
        yield { about: `order ${id}`, orderId: id, what: `does not exist, and its attempt ${attempt} is ${status}` }
      }
    }
  },
}
