import { cartContract } from '@duka/contracts'
import { hashRequest, keyedPath, Problem, parseIdempotencyKey, queryRow } from '@duka/kit'
import type { Request } from 'express'
import type { Sequelize, Transaction } from 'sequelize'
import type { Owner } from './owner'

export interface Kept {
  status: number
  body: string
}

/** An Idempotency-Key, of one user or of one guest's cart. */
export interface AddKey {
  scope: string
  method: string
  path: string
  key: string
  request_hash: string
}

/** What an add was answered. It is kept in the statement that adds, so there is never one without the other. */
export interface KeptAnswer extends AddKey, Kept {}

const { method } = cartContract.addCartItem

/** The key that came with an add, if one did. A guest without a token has no cart that it could be a key of. */
export function keyOf(owner: Owner, request: Request): AddKey | null {
  const header = request.get('idempotency-key')
  if (header === undefined) return null
  const key = parseIdempotencyKey(header)
  const scope = scopeOf(owner)
  if (scope === null) return null
  const path = keyedPath(cartContract.addCartItem, undefined, request.originalUrl)
  return { scope, method, path, key, request_hash: hashRequest(request.body) }
}

/** Keys are kept by a UUID: a guest's is made of the digest of the token. */
function scopeOf(owner: Owner): string | null {
  if ('userId' in owner) return owner.userId
  return owner.tokenHash === null ? null : Buffer.from(owner.tokenHash, 'base64url').toString('hex', 0, 16)
}

interface KeptRow {
  request_hash: string
  status: number | null
  body: string
}

/** The first answer under this key. Throws a 422 Problem where that was to another request. */
export async function findKept(
  database: Sequelize,
  { scope, path, key, request_hash }: AddKey,
  transaction: Transaction | null = null,
): Promise<Kept | null> {
  const row = await queryRow<KeptRow>(
    database,
    `SELECT request_hash, status, body::text AS body FROM idempotency_keys
     WHERE user_id = $1 AND method = $2 AND path = $3 AND key = $4 AND expires_at > now()`,
    [scope, method, path, key],
    transaction,
  )
  if (!row) return null
  if (row.request_hash !== request_hash) throw reused()
  if (row.status === null) throw stillRunning()
  return { status: row.status, body: row.body }
}

/** Keeps the answer to an add that changed nothing. False where there is another under the same key. */
export async function keepRefusal(database: Sequelize, answer: KeptAnswer): Promise<boolean> {
  const row = await queryRow(
    database,
    `INSERT INTO idempotency_keys (user_id, method, path, key, request_hash, status, body, locked_until, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, now(), now() + interval '24 hours') ON CONFLICT DO NOTHING RETURNING key`,
    [answer.scope, method, answer.path, answer.key, answer.request_hash, answer.status, answer.body],
  )
  return row !== undefined
}

function reused(): Problem {
  const detail = 'This Idempotency-Key was used for another request. Take a new one.'
  return new Problem(422, 'idempotency_key_reused', detail)
}

/** By an instance of an older version, which claimed the key first and added then. */
function stillRunning(): Problem {
  const detail = 'The first request with this Idempotency-Key is still running.'
  return new Problem(409, 'request_in_progress', detail, { headers: { 'Retry-After': '1' } })
}
