import { createHash } from 'node:crypto'
import { enqueueBackstop, newId, queryRow, queryRows, tryNow } from '@duka/kit'
import { applyCallback } from './apply-callback'
import type { Deps } from './deps'
import { readCallback } from './mpesa/read-callback'
import { hashSecret } from './pay-by-mpesa'
import { reviewUnmatched } from './review-unmatched'
import { countWebhook } from './watch-payments'

const accepted = { ResultCode: 0 as const, ResultDesc: 'Accepted' as const }
/** A known payment is asked about at most this often because somebody without a secret said something about it. */
const hurryIntervalSeconds = 15

/**
 * Keeps a callback as it came, and only then answers. It is applied right after the answer; where that fails, or the
 * process dies, by a job. The same bytes under the same secret again change nothing.
 */
export async function receiveMpesaCallback(deps: Deps, token: string, raw: Buffer, address = '') {
  if (!isFromSafaricom(deps, address)) {
    countWebhook('mpesa', 'refused')
    return receiveUnprovenMpesaCallback(deps, raw)
  }
  const eventId = await keepEvent(deps, hashSecret(token), raw)
  if (eventId) void tryNow(deps.database, applyCallback.key(eventId), deps.log, () => applyCallback(deps, eventId))
  return accepted
}

/** Where the shop lists Safaricom's addresses, the secret alone proves nothing. */
function isFromSafaricom({ mpesa, log }: Deps, address: string): boolean {
  // Sockets that take both kinds of addresses write the older kind like this.
  const plain = address.replace(/^::ffff:/i, '')
  if (!mpesa || mpesa.allowedIps.length === 0 || mpesa.allowedIps.includes(plain)) return true
  log.warn('mpesa_callback_from_elsewhere', { address: plain })
  return false
}

/** A callback without a secret proves nothing: it is kept, and at most makes us ask Safaricom sooner. */
export async function receiveUnprovenMpesaCallback(deps: Deps, raw: Buffer) {
  await keepEvent(deps, null, raw)
  const callback = readCallback(raw.toString('utf8'))
  if (callback) {
    await queryRows(
      deps.database,
      `UPDATE payments SET next_check_at = now()
       WHERE provider = 'mpesa' AND external_reference = $1 AND status = 'pending' AND next_check_at IS NOT NULL
         AND (checked_at IS NULL OR checked_at < now() - make_interval(secs => ${hurryIntervalSeconds}))`,
      [callback.checkoutRequestId],
    )
  }
  return accepted
}

/** Answers the new event's id; undefined where these bytes are here already. */
async function keepEvent({ database }: Deps, secretHash: string | null, raw: Buffer): Promise<string | undefined> {
  const digest = createHash('sha256')
    .update(secretHash ?? '')
    .update(raw)
    .digest('hex')
  // PostgreSQL's text takes no NUL; bytes that are not UTF-8 cannot be a callback anyway.
  const body = raw.toString('utf8').replaceAll('\u0000', '\ufffd')
  return database.transaction(async (transaction) => {
    const row = await queryRow<{ id: string }>(
      database,
      `INSERT INTO webhook_events (id, provider, digest, secret_hash, body, outcome) VALUES ($1, 'mpesa', $2, $3, $4, $5)
       ON CONFLICT (digest) DO NOTHING RETURNING id`,
      [newId(), digest, secretHash, body, secretHash ? null : 'unmatched'],
      transaction,
    )
    const kept = secretHash ? 'kept' : 'unmatched'
    countWebhook('mpesa', row ? kept : 'duplicate', transaction)
    if (row && secretHash) await enqueueBackstop(database, transaction, applyCallback.job(row.id))
    if (row && !secretHash) await reviewUnmatched({ database }, { id: row.id, provider: 'mpesa', body }, transaction)
    return row?.id
  })
}

const keptUnmatched = 10_000
const keptDays = 30

/** What proves nothing is kept for a bounded time and in a bounded number, so that a flood of it fills no disk. */
export async function deleteOldUnmatchedEvents({ database }: Deps): Promise<void> {
  await queryRows(
    database,
    `DELETE FROM webhook_events WHERE outcome IN ('unmatched', 'unreadable') AND payment_id IS NULL AND (
       received_at < now() - make_interval(days => ${keptDays})
       OR id IN (SELECT id FROM webhook_events WHERE outcome IN ('unmatched', 'unreadable') AND payment_id IS NULL
                 ORDER BY received_at DESC OFFSET ${keptUnmatched}))
       AND NOT EXISTS (SELECT 1 FROM payment_reviews r WHERE r.event_id = webhook_events.id)`,
  )
}
