import type { paymentContract as contract, InputOf } from '@duka/contracts'
import { enqueueBackstop, notFound, Problem, queryRow, queryRows, tryNow } from '@duka/kit'
import { applyCallback } from './apply-callback'
import { applyStripeEvent } from './apply-stripe-event'
import type { Deps } from './deps'
import { type Condition, readPage } from './read-page'
import { type EventRow, toEvent } from './webhook-event'

type Query = InputOf<typeof contract.listEvents>['query']

/** What providers sent, the newest first. */
export async function listEvents(deps: Deps, query: Query) {
  const conditions: Condition[] = []
  if (query.outcome === 'waiting') conditions.push(['outcome IS NULL'])
  else if (query.outcome) conditions.push(['outcome = ?', query.outcome])
  const list = { table: 'webhook_events', time: 'received_at', direction: 'DESC', conditions } as const
  const { rows, total, place } = await readPage<EventRow>(deps, list, query)
  return { events: rows.map(toEvent), totalEvents: total, ...place }
}

/** Applies an event as if it had just come. What it did before counts once, however often it is applied. */
export async function replayEvent(deps: Deps, id: string) {
  const event = await findEvent(deps, id)
  const isProven = event.provider === 'stripe' || event.secret_hash !== null
  if (!isProven) {
    throw new Problem(409, 'not_replayable', 'This came without a proof, so it has no effect; the provider was asked.')
  }
  if (await isMatched(deps, event)) {
    throw new Problem(409, 'not_replayable', 'A person matched this money to an order: there is nothing left to apply.')
  }
  const apply = event.provider === 'stripe' ? applyStripeEvent : applyCallback
  await deps.database.transaction(async (transaction) => {
    const sql = 'UPDATE webhook_events SET outcome = NULL, applied_at = NULL WHERE id = $1'
    await queryRows(deps.database, sql, [id], transaction)
    await enqueueBackstop(deps.database, transaction, apply.job(id))
  })
  await tryNow(deps.database, apply.key(id), deps.log, () => apply(deps, id))
  return { event: toEvent(await findEvent(deps, id)) }
}

async function isMatched({ database }: Deps, { id, payment_id }: EventRow): Promise<boolean> {
  const sql = `SELECT 1 FROM payments WHERE id = $1 AND metadata ->> 'matchedEvent' = $2`
  return (await queryRow(database, sql, [payment_id, id])) !== undefined
}

/** Throws a 404 Problem where there is none. */
export async function findEvent({ database }: Pick<Deps, 'database'>, id: string): Promise<EventRow> {
  const event = await queryRow<EventRow>(database, 'SELECT * FROM webhook_events WHERE id = $1', [id])
  if (!event) throw notFound('event')
  return event
}
