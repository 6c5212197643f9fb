import type { paymentContract as contract, InputOf } from '@duka/contracts'
import type { Deps } from './deps'
import { type Condition, readPage } from './read-page'
import { type ReviewRow, withSubjects } from './review'

type Query = InputOf<typeof contract.listReviews>['query']

/** What waits for a person, the oldest first; or what was decided, the newest first. */
export async function listReviews(deps: Deps, query: Query) {
  const isOpen = query.state === 'open'
  const conditions: Condition[] = [[isOpen ? 'resolved_at IS NULL' : 'resolved_at IS NOT NULL']]
  if (query.kind) conditions.push(['kind = ?', query.kind])
  const order = isOpen
    ? ({ time: 'created_at', direction: 'ASC' } as const)
    : ({ time: 'resolved_at', direction: 'DESC' } as const)
  const { rows, total, place } = await readPage<ReviewRow>(
    deps,
    { table: 'payment_reviews', ...order, conditions },
    query,
  )
  return { reviews: await withSubjects(deps.reads, rows), totalReviews: total, ...place }
}
