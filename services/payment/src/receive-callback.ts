import { createHash } from 'node:crypto'
import { backstopPart, newId, queryRow, queryRows, resumeTrace, tryNow } from '@duka/kit'
import { applyCallback } from './apply-callback'
import type { Deps } from './deps'
import { readCallback } from './mpesa/read-callback'
import { replaceNul } from './parse-json'
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
  const event = await keepEvent(deps, hashSecret(token), raw)
  if (event) void applyNow(deps, event)
  return accepted
}

function applyNow(deps: Deps, { id, traceparent }: KeptEvent): Promise<boolean> {
  const apply = () => resumeTrace({ name: 'apply mpesa callback', traceparent }, () => applyCallback(deps, id))
  return tryNow(deps.database, applyCallback.key(id), deps.log, apply)
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
  await keepUnproven(deps, raw)
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

const insertEvent = `
  INSERT INTO webhook_events (id, provider, digest, secret_hash, body, outcome) VALUES ($1, 'mpesa', $2, $3, $4, $5)
  ON CONFLICT (digest) DO NOTHING
  RETURNING id, (SELECT traceparent FROM payments WHERE callback_hash = $3) AS traceparent`

interface KeptEvent {
  id: string
  /** Of the payment that its secret belongs to. */
  traceparent: string | null
}

/** Keeps it with the job that applies it. Answers the new event; undefined where these bytes are here already. */
async function keepEvent({ database }: Deps, secretHash: string, raw: Buffer): Promise<KeptEvent | undefined> {
  const id = newId()
  const job = backstopPart('event', 6, applyCallback.job(id), { traceparent: 'traceparent' })
  const sql = `WITH event AS (${insertEvent}), ${job.sql} SELECT id, traceparent FROM event`
  const bind = [id, digestOf(secretHash, raw), secretHash, textOf(raw), null, ...job.values]
  const row = await queryRow<KeptEvent>(database, sql, bind)
  countWebhook('mpesa', row ? 'kept' : 'duplicate')
  return row
}

function keepUnproven({ database }: Deps, raw: Buffer): Promise<void> {
  const body = textOf(raw)
  return database.transaction(async (transaction) => {
    const bind = [newId(), digestOf('', raw), null, body, 'unmatched']
    const row = await queryRow<{ id: string }>(database, insertEvent, bind, transaction)
    countWebhook('mpesa', row ? 'unmatched' : 'duplicate', transaction)
    if (row) await reviewUnmatched({ database }, { id: row.id, provider: 'mpesa', body }, transaction)
  })
}

function digestOf(secretHash: string, raw: Buffer): string {
  return createHash('sha256').update(secretHash).update(raw).digest('hex')
}

const secretInAddress = /(\/m\\?\/)[0-9a-f]{64}/g

/**
 * PostgreSQL's text takes no NUL; bytes that are not UTF-8 cannot be a callback anyway. A refund's result repeats the address
 * that its timeout would have come to, whose secret is nowhere kept in the clear.
 */
function textOf(raw: Buffer): string {
  return replaceNul(raw.toString('utf8')).replace(secretInAddress, '$1…')
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
