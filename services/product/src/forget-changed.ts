import { queryRows } from '@duka/kit'
import type { Deps } from './deps'
import { type Change, tags } from './keep-answers'

type Answering = Pick<Deps, 'answers'>

/**
 * Does a write and then forgets the answers that it may have changed, before whoever wrote is answered. Also where it
 * failed: one whose connection broke may have been done.
 */
async function forgetAfter<T>(
  { answers }: Answering,
  work: Promise<T>,
  find: () => Change | Promise<Change>,
): Promise<T> {
  try {
    return await work
  } finally {
    answers.forget(await find())
  }
}

/** Of a product that is edited, added or withdrawn, lists may show another page. */
export function afterEdit<T>(deps: Answering, id: string | null, work: Promise<T>): Promise<T> {
  return forgetAfter(deps, work, () => (id === null ? [tags.lists] : [id, tags.lists]))
}

/** Of products whose stock moves, only lists that show them or that ask for what is in stock. */
export function afterMove<T>(deps: Answering, ids: readonly string[], work: Promise<T>): Promise<T> {
  return forgetAfter(deps, work, () => [...ids, tags.shelf])
}

interface Attempt {
  orderId: string
  attempt: number
}

/** The same for what an attempt of an order held. */
export function afterRelease<T>(deps: Pick<Deps, 'answers' | 'database'>, attempt: Attempt, work: Promise<T>) {
  return forgetAfter(deps, work, async () => {
    const ids = await findHeld(deps, attempt).catch(() => null)
    return ids === null ? 'all' : [...ids, tags.shelf]
  })
}

async function findHeld({ database }: Pick<Deps, 'database'>, { orderId, attempt }: Attempt): Promise<string[]> {
  const sql = 'SELECT product_id AS id FROM reservation_lines WHERE order_id = $1 AND attempt = $2'
  return (await queryRows<{ id: string }>(database, sql, [orderId, attempt])).map(({ id }) => id)
}
