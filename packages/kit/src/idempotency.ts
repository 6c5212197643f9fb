import { createHash } from 'node:crypto'
import type { Endpoint } from '@duka/contracts'
import type { Sequelize, Transaction } from 'sequelize'
import { queryRow, queryRows } from './database'
import { Problem, validationFailed } from './errors'
import { fillPath } from './fill-path'
import type { Migration } from './migrate'

/** Longer than any request may take; after it the first call's process counts as dead, and the next call takes over. */
const leaseSeconds = 20
const keptHours = 24
const maxKeyLength = 255

export interface Answer {
  status: number
  body: unknown
  /** Holds what is kept nowhere: another call runs again, on what the first one made. */
  isSecret?: boolean
}

/** What identifies one key: the same key of another user, or of another address, is another key. */
export interface KeyScope {
  userId: string
  method: string
  /** As `keyedPath` writes it. */
  path: string
  key: string
}

/** A claimed key while its request runs. */
export interface Claim {
  /** What an earlier, crashed run of this request had made already: go on with that instead of making another. */
  resourceId: string | null
  /** Ties the key to what the request makes, in the transaction that makes it. */
  attach(resourceId: string, transaction: Transaction): Promise<void>
}

export const idempotencyMigration: Migration = {
  name: '000-create-idempotency-keys',
  up: `
    CREATE TABLE idempotency_keys (
      user_id uuid NOT NULL,
      method text NOT NULL,
      path text NOT NULL,
      key text NOT NULL,
      request_hash text NOT NULL,
      resource_id uuid,
      status integer,
      body json,
      locked_until timestamptz NOT NULL,
      expires_at timestamptz NOT NULL,
      PRIMARY KEY (user_id, method, path, key)
    );
    CREATE INDEX idempotency_keys_expires_at ON idempotency_keys (expires_at);`,
  down: 'DROP TABLE idempotency_keys',
}

interface KeyRow {
  request_hash: string
  status: number | null
  body: unknown
  resource_id: string | null
  lease: string
}

const claimNew = `
  INSERT INTO idempotency_keys AS k (user_id, method, path, key, request_hash, locked_until, expires_at)
  VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => ${leaseSeconds}), now() + make_interval(hours => ${keptHours}))
  ON CONFLICT (user_id, method, path, key) DO UPDATE
    SET request_hash = excluded.request_hash, locked_until = excluded.locked_until, expires_at = excluded.expires_at,
        status = NULL, body = NULL,
        resource_id = CASE WHEN k.expires_at < now() THEN NULL ELSE k.resource_id END
    WHERE k.expires_at < now()
       OR (k.status IS NULL AND k.locked_until < now() AND k.request_hash = excluded.request_hash)
  RETURNING request_hash, status, body, resource_id, locked_until::text AS lease`

const scoped = 'WHERE user_id = $1 AND method = $2 AND path = $3 AND key = $4'
/** A run that took so long that another one took over finds its lease gone, and changes nothing any more. */
const leased = `${scoped} AND locked_until = $5::timestamptz`

/** Bare and quoted (Structured Fields) spellings are one key. Throws a 400 Problem on anything unusable. */
export function parseIdempotencyKey(header: string): string {
  const key = header.trim().replace(/^"(.*)"$/, '$1')
  if (/^[\x21-\x7e]+$/.test(key) && key.length <= maxKeyLength) return key
  const message = `must be 1 to ${maxKeyLength} visible ASCII characters`
  throw validationFailed([{ path: 'Idempotency-Key', message }])
}

/**
 * Where a request goes, as its key counts it: the service's own path with its parameters filled in, so that aliases and
 * spellings of an id are one path and another id is another key, and a digest of the query, in whatever order it came.
 */
export function keyedPath({ path }: Pick<Endpoint, 'path'>, params: unknown, url: string): string {
  const concrete = fillPath(path, params as Record<string, string> | undefined)
  const query = new URLSearchParams(url.slice(queryStart(url)))
  query.sort()
  return query.size === 0 ? concrete : `${concrete}?${createHash('sha256').update(String(query)).digest('hex')}`
}

const queryStart = (url: string) => (url.includes('?') ? url.indexOf('?') + 1 : url.length)

/** The same request has the same digest, in whatever order its fields come. */
export function hashRequest(body: unknown): string {
  return createHash('sha256').update(canonicalText(body)).digest('hex')
}

function canonicalText(body: unknown): string {
  try {
    return canonicalJson(body)
  } catch (error) {
    if (error instanceof RangeError) throw validationFailed([{ path: '', message: 'is nested too deeply' }])
    throw error
  }
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`
}

/**
 * Runs a request once per key. What was executed (2xx, 409, 422) is kept and given again; everything else frees the
 * key. Keys live in the service's own database, so they survive a restart.
 */
export async function runOnce(
  database: Sequelize,
  scope: KeyScope,
  requestHash: string,
  run: (claim: Claim) => Promise<Answer>,
): Promise<Answer & { replayed: boolean }> {
  const bind = [scope.userId, scope.method, scope.path, scope.key]
  const claimed = await queryRow<KeyRow>(database, claimNew, [...bind, requestHash])
  if (!claimed) return { ...(await readFirstAnswer(database, bind, requestHash)), replayed: true }
  const lease = [...bind, claimed.lease]
  const answer = await runOrFree(database, lease, run, {
    resourceId: claimed.resource_id,
    async attach(resourceId, transaction) {
      const sql = `UPDATE idempotency_keys SET resource_id = $6 ${leased} RETURNING resource_id`
      if (!(await queryRow(database, sql, [...lease, resourceId], transaction))) throw stillRunning()
    },
  })
  await keepOrFree(database, lease, answer)
  return { ...answer, replayed: answer.isSecret === true && claimed.resource_id !== null }
}

async function readFirstAnswer(database: Sequelize, bind: unknown[], requestHash: string): Promise<Answer> {
  const row = await queryRow<KeyRow>(
    database,
    `SELECT request_hash, status, body, resource_id FROM idempotency_keys ${scoped}`,
    bind,
  )
  if (row && row.request_hash !== requestHash) {
    throw new Problem(
      422,
      'idempotency_key_reused',
      'This Idempotency-Key was used for another request. Take a new one.',
    )
  }
  if (row?.status) return { status: row.status, body: row.body }
  throw stillRunning()
}

function stillRunning(): Problem {
  return new Problem(409, 'request_in_progress', 'The first request with this Idempotency-Key is still running.', {
    headers: { 'Retry-After': '1' },
  })
}

async function runOrFree(
  database: Sequelize,
  lease: unknown[],
  run: (claim: Claim) => Promise<Answer>,
  claim: Claim,
): Promise<Answer> {
  try {
    return await run(claim)
  } catch (error) {
    await freeKey(database, lease)
    throw error
  }
}

async function keepOrFree(database: Sequelize, lease: unknown[], { status, body, isSecret }: Answer): Promise<void> {
  const executed = status < 300 || status === 409 || status === 422
  if (!executed || isSecret) return freeKey(database, lease)
  const sql = `UPDATE idempotency_keys SET status = $6, body = $7 ${leased}`
  await queryRows(database, sql, [...lease, status, JSON.stringify(body ?? null)])
}

/** A key that is tied to something already made stays, unlocked: the next call goes on with that. */
async function freeKey(database: Sequelize, lease: unknown[]): Promise<void> {
  await queryRows(database, `DELETE FROM idempotency_keys ${leased} AND resource_id IS NULL`, lease)
  await queryRows(database, `UPDATE idempotency_keys SET locked_until = now() ${leased} AND status IS NULL`, lease)
}

export async function deleteExpiredKeys(database: Sequelize): Promise<void> {
  await queryRows(database, 'DELETE FROM idempotency_keys WHERE expires_at < now()')
}
