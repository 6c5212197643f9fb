import { Client } from 'pg'
import { createProgress } from '../product-files/progress'
import { makeProduct } from './make-product'

const batchSize = 5_000
const connections = 2

/** Each product with its opening movement, so that the ledger adds up. What is there already stays as it is. */
const insertBatch = `
  WITH added AS (
    INSERT INTO products (id, name, description, price, stock, category, images, sku, is_active, created_at)
    SELECT new_id(), name, description, price, stock, category, '{}', sku, true, now() - make_interval(secs => age)
    FROM jsonb_to_recordset($1::jsonb) AS p
      (sku text, name text, description text, price numeric, stock integer, category text, age integer)
    ON CONFLICT DO NOTHING RETURNING id, stock
  ), opening AS (
    INSERT INTO stock_movements (product_id, kind, available_delta, reason, actor)
    SELECT id, 'opening', stock, 'seed', 'seed' FROM added WHERE stock > 0
  )
  SELECT count(*)::int AS added FROM added`

/** Fills the catalogue with made-up products, straight into its database. Gives how many were not there before. */
export async function seedProducts(databaseUrl: string, count: number): Promise<number> {
  const progress = createProgress('Seeding', count)
  let next = 1
  let done = 0
  let added = 0
  const work = async () => {
    const client = await connect(databaseUrl)
    try {
      while (next <= count) {
        const from = next
        next = Math.min(from + batchSize, count + 1)
        const { rows } = await client.query<{ added: number }>(insertBatch, [batchJson(from, next)])
        added += rows[0]?.added ?? 0
        done += next - from
        progress.show(done)
      }
    } finally {
      await client.end()
    }
  }
  await Promise.all(Array.from({ length: connections }, work))
  progress.end()
  await tidyUp(databaseUrl)
  return added
}

async function connect(databaseUrl: string): Promise<Client> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'seed' })
  await client.connect()
  // A crash may cost the last batches, which the next seeding makes anew; words are indexed many at a time.
  await client.query(
    `SET synchronous_commit = off; SET statement_timeout = 0; SET gin_pending_list_limit = '64MB'; SET maintenance_work_mem = '256MB'; SET work_mem = '64MB'`,
  )
  return client
}

function batchJson(from: number, to: number): string {
  const products = Array.from({ length: to - from }, (_, index) => ({
    ...makeProduct(from + index),
    age: from + index,
  }))
  return JSON.stringify(products)
}

/** Without this, PostgreSQL would plan for an empty table until its own housekeeping comes by. */
async function tidyUp(databaseUrl: string): Promise<void> {
  const client = await connect(databaseUrl)
  try {
    await client.query('VACUUM ANALYZE products, stock_movements, search_words')
  } finally {
    await client.end()
  }
}
