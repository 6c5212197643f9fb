import { gatherCalls, isDeadlock, isOneOfThem, Problem, queryRow, queryRows } from '@duka/kit'
import type { Sequelize, Transaction } from 'sequelize'
import type { Cart } from './cart'
import { type LineRow, toLine } from './line-row'
import type { Owner } from './owner'
import { type Change, toRow } from './save-cart'

export type Key = Owner | { id: string }

/** Carts in the database. What is asked while the database is busy with others is asked together. */
export interface CartStore {
  /** A cart, also one without lines. What had expired counts as taken out already. */
  find(key: Key, transaction?: Transaction | null): Promise<Cart | undefined>
  /** Saves a change in one statement. False, and nothing is changed, where the cart is no longer as it was read. */
  save(change: Change, transaction?: Transaction | null): Promise<boolean>
  /** Until the transaction ends nobody else changes the cart, if there is one. */
  lock(key: Key, transaction: Transaction): Promise<void>
}

/** A batch holds its carts' rows until it ends. */
const maxBatch = 50
/** Some seconds of work; who waits for longer has given up. */
const maxWaiting = 2_000

export function createCartStore(database: Sequelize): CartStore {
  const gathering = { maxBatch, maxWaiting, tooMany, isOneOfThem }
  const findTogether = gatherCalls<Place, Cart | undefined>({
    ...gathering,
    laneOf: ({ column }) => column,
    keyOf: ({ value }) => value,
    run: (places) => findCarts(database, places, null),
  })
  const saveTogether = gatherCalls<Change, boolean>({
    ...gathering,
    laneOf: () => '',
    keyOf: lockOf,
    run: (changes) => saveCarts(database, changes),
  })
  return {
    async find(key, transaction = null) {
      const place = placeOf(key)
      if (!place) return undefined
      return transaction ? (await findCarts(database, [place], transaction))[0] : findTogether(place)
    },
    async save(change, transaction = null) {
      try {
        // A merge locks two carts, so it goes by itself.
        const isAlone = transaction !== null || change.joining !== undefined
        return await (isAlone ? saveOne(database, change, transaction) : saveTogether(change))
      } catch (error) {
        if (isDeadlock(error)) return false
        throw error
      }
    },
    async lock(key, transaction) {
      const place = placeOf(key)
      if (!place) return
      const sql = `SELECT 1 FROM carts WHERE ${place.column} = $1 FOR NO KEY UPDATE`
      await queryRow(database, sql, [place.value], transaction)
    },
  }
}

function tooMany(): Problem {
  const detail = 'Too many carts change at this moment. Try again.'
  return new Problem(503, 'too_busy', detail, { headers: { 'Retry-After': '1' } })
}

interface Place {
  column: 'user_id' | 'id' | 'guest_token_hash'
  value: string
}

function placeOf(key: Key): Place | undefined {
  if ('userId' in key) return { column: 'user_id', value: key.userId.toLowerCase() }
  if ('id' in key) return { column: 'id', value: key.id.toLowerCase() }
  return key.tokenHash === null ? undefined : { column: 'guest_token_hash', value: key.tokenHash }
}

type CartRow = Omit<LineRow, 'id'> & {
  place: string
  id: string | null
  cart_id: string
  version: number
  revision: number
  expires_at: Date
  expired: boolean
  handed_over_at: Date | null
}

/** Of places of one column, in their order. */
async function findCarts(
  database: Sequelize,
  places: Place[],
  transaction: Transaction | null,
): Promise<(Cart | undefined)[]> {
  const [{ column }] = places as [Place]
  const rows = await queryRows<CartRow>(
    database,
    `SELECT c.${column} AS place, c.id AS cart_id, c.version, c.revision, c.expires_at, c.expires_at <= now() AS expired,
       c.handed_over_at, i.id, i.product_id, i.product_name, i.price, i.price_changed_from, i.quantity, i.image_url
     FROM carts c LEFT JOIN cart_items i ON i.cart_id = c.id
     WHERE c.${column} = ANY ($1) ORDER BY i.created_at, i.id`,
    [places.map(({ value }) => value)],
    transaction,
  )
  const byPlace = new Map<string, CartRow[]>(places.map(({ value }) => [value, []]))
  for (const row of rows) byPlace.get(row.place)?.push(row)
  return places.map(({ value }) => toOneCart(byPlace.get(value) ?? []))
}

function toOneCart(rows: CartRow[]): Cart | undefined {
  const [first] = rows
  if (!first) return undefined
  const stored = rows.flatMap((row) => (row.id === null ? [] : [toLine({ ...row, id: row.id })]))
  return {
    id: first.cart_id,
    version: first.version,
    revision: first.revision,
    expiresAt: first.expires_at,
    handedOverAt: first.handed_over_at,
    lines: first.expired ? [] : stored,
    stored,
  }
}

async function saveOne(database: Sequelize, change: Change, transaction: Transaction | null): Promise<boolean> {
  const sql = 'SELECT save_cart($1::jsonb) AS saved'
  const row = await queryRow<{ saved: boolean }>(database, sql, [JSON.stringify(toRow(change))], transaction)
  return row?.saved === true
}

/** In one transaction. All instances lock carts in the same order. */
async function saveCarts(database: Sequelize, changes: Change[]): Promise<boolean[]> {
  const inOrder = changes.map((change) => ({ change, lock: lockOf(change) })).sort((a, b) => (a.lock < b.lock ? -1 : 1))
  const sql = 'SELECT save_cart(change) AS saved FROM jsonb_array_elements($1::jsonb) AS change'
  const rows = await queryRows<{ saved: boolean }>(database, sql, [
    JSON.stringify(inOrder.map(({ change }) => toRow(change))),
  ])
  const saved = new Map(inOrder.map(({ change }, index) => [change, rows[index]?.saved === true]))
  return changes.map((change) => saved.get(change) === true)
}

/** What saving it locks: the row, or for a new cart the place in the index that only one of an owner's carts can take. */
function lockOf({ cart, owner }: Change): string {
  if (cart.revision > 0 || !owner) return cart.id
  return `new ${'userId' in owner ? owner.userId : owner.tokenHash}`
}
