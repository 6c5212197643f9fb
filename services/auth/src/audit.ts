import type { authContract } from '@duka/contracts'
import { newId, queryRow, queryRows } from '@duka/kit'
import type { Sequelize, Transaction } from 'sequelize'
import { networkOf, type Origin } from './origin'

export interface AuditEntry {
  action: authContract.AuditEvent['action']
  /** Who does it, where somebody is signed in or proved to be somebody. */
  actorId?: string
  /** Whose account it is about. */
  userId?: string | undefined
  email?: string | null
  sessionId?: string
  details?: Record<string, string>
}

/** Of what no request caused. */
export const noOrigin: Origin = { address: null, userAgent: null, requestId: null }

/** Adds to the audit trail; in a transaction, if and only if what it tells of is done. */
export async function writeAudit(
  database: Sequelize,
  { action, actorId, userId, email, sessionId, details = {} }: AuditEntry,
  { address, userAgent, requestId }: Origin,
  transaction: Transaction | null = null,
): Promise<void> {
  await queryRows(
    database,
    `INSERT INTO audit_events (id, action, actor_id, user_id, email, session_id, address, user_agent, request_id, details)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      newId(),
      action,
      actorId ?? null,
      userId ?? null,
      email ?? null,
      sessionId ?? null,
      address,
      userAgent,
      requestId,
      JSON.stringify(details),
    ],
    transaction,
  )
}

const knownDays = 90
const entriesLookedAt = 50

/** Whether an account was lately entered from the network that this request comes from. */
export async function isKnownNetwork(database: Sequelize, userId: string | undefined, { address }: Origin) {
  if (address === null) return false
  const row = await queryRow<{ addresses: string[] }>(
    database,
    `SELECT coalesce(array_agg(DISTINCT host(address)), '{}') AS addresses FROM (
       SELECT address FROM audit_events
       WHERE user_id = $1 AND action IN ('registered', 'login', 'password_reset') AND address IS NOT NULL
         AND at > now() - make_interval(days => ${knownDays})
       ORDER BY at DESC LIMIT ${entriesLookedAt}) entries`,
    [userId ?? null],
  )
  return row?.addresses.some((known) => networkOf(known) === networkOf(address)) ?? false
}

const keptDays = 400
const deletedAtOnce = 1_000

/** Deletes what is older than the trail is kept, a bounded number at once. */
export async function deleteOldAuditEvents(database: Sequelize): Promise<void> {
  await queryRows(
    database,
    `DELETE FROM audit_events WHERE id IN (
       SELECT id FROM audit_events WHERE at < now() - make_interval(days => ${keptDays})
       ORDER BY at LIMIT ${deletedAtOnce} FOR UPDATE SKIP LOCKED)`,
  )
}
