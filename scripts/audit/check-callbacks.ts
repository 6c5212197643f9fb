import type { Invariant } from './finding'
import { inBatches } from './in-batches'

interface Waiting {
  id: string
  provider: string
  orderId: string | null
  hasJob: boolean
}

const batch = 500
// A callback is applied right after it was answered; its job comes five seconds later.
const graceSeconds = 2

export const checkCallbacks: Invariant = {
  name: 'callbacks',
  rule: 'Whatever a provider told is applied, or a job is about to.',
  async *check({ payment }, count) {
    const sql = `
      SELECT e.id, e.provider, p.order_id AS "orderId",
        EXISTS (SELECT 1 FROM ${payment.waitingJobs} AS jobs WHERE payload->>'eventId' = e.id::text) AS "hasJob"
      FROM webhook_events e LEFT JOIN payments p ON p.callback_hash = e.secret_hash
      WHERE e.outcome IS NULL AND e.id > $1 AND e.received_at < now() - make_interval(secs => ${graceSeconds})
      ORDER BY e.id LIMIT ${batch}`
    for await (const events of inBatches((after) => payment.rows<Waiting>(sql, [after]))) {
      count(events.length)
      for (const { id, provider, orderId, hasJob } of events) {
        const cover = hasJob ? 'job apply-callback' : undefined
        yield { about: `${provider} callback ${id}`, orderId: orderId ?? undefined, what: 'is not applied', cover }
      }
    }
  },
}
