import { createHash } from 'node:crypto'
import { Problem, queryRow, queryRows } from '@duka/kit'
import type { Sequelize } from 'sequelize'
import type { Deps } from './deps'

/** How much guessing is free, how fast it is forgotten, and how long the wait for the next try can get. */
export interface Policy {
  name: string
  free: number
  /** After this time one try less counts. */
  drainSeconds: number
  maxWaitSeconds: number
}

/** What is counted together. */
export interface Counter {
  policy: Policy
  subject: string
}

/** A try that counts as a failure until it is given back, so that many at once are not many for free. */
export interface Try {
  /** Does what the try is for. Where that cannot be done at all, the try does not count. */
  make<T>(work: () => Promise<T>): Promise<T>
  /** It was right, so it does not count. */
  giveBack(): Promise<void>
}

/** Counts a try, or throws a 429 Problem that says when the next one is free. */
export async function takeTry({ database, limitFactor }: Deps, counters: readonly Counter[]): Promise<Try> {
  const keys = counters.map(keyOf)
  const policies = counters.map(({ policy }) => policy)
  await database.transaction(async (transaction) => {
    // Locked in the order of their keys, so that two tries cannot wait for each other.
    const row = await queryRow<{ wait: number }>(
      database,
      `SELECT max(take_try(key, free, drain, most)) AS wait FROM (
         SELECT * FROM unnest($1::text[], $2::float8[], $3::float8[], $4::float8[]) AS w (key, free, drain, most)
         ORDER BY key) wanted`,
      [
        keys,
        policies.map(({ free }) => Math.max(1, free * limitFactor)),
        policies.map(({ drainSeconds }) => drainSeconds),
        policies.map(({ maxWaitSeconds }) => maxWaitSeconds),
      ],
      transaction,
    )
    if (row && row.wait > 0) throw tooManyTries(Math.ceil(row.wait))
  })
  const giveBack = () => lower(database, keys)
  return {
    giveBack,
    async make(work) {
      try {
        return await work()
      } catch (error) {
        await giveBack()
        throw error
      }
    },
  }
}

/** Only hashes are kept: what is typed as an email may be anything. */
function keyOf({ policy, subject }: Counter): string {
  return `${policy.name}:${createHash('sha256').update(subject).digest('base64url')}`
}

async function lower(database: Sequelize, keys: string[]): Promise<void> {
  await queryRows(
    database,
    `UPDATE throttles SET level = greatest(0, level - 1), free_at = least(free_at, clock_timestamp())
     WHERE key IN (SELECT key FROM throttles WHERE key = ANY($1) ORDER BY key FOR UPDATE)`,
    [keys],
  )
}

/** Starts at nothing again. */
export async function forgetTries(database: Sequelize, counters: readonly Counter[]): Promise<void> {
  await queryRows(
    database,
    `DELETE FROM throttles WHERE key IN (SELECT key FROM throttles WHERE key = ANY($1) ORDER BY key FOR UPDATE)`,
    [counters.map(keyOf)],
  )
}

/** Longer than any policy takes to drain and to wait. */
const keptDays = 2
const deletedAtOnce = 1_000

export async function deleteDrainedThrottles(database: Sequelize): Promise<void> {
  await queryRows(
    database,
    `DELETE FROM throttles WHERE key IN (
       SELECT key FROM throttles WHERE updated_at < now() - make_interval(days => ${keptDays})
       ORDER BY updated_at LIMIT ${deletedAtOnce} FOR UPDATE SKIP LOCKED)`,
  )
}

function tooManyTries(seconds: number): Problem {
  return new Problem(429, 'too_many_tries', `That was tried too often. Try again in ${describe(seconds)}.`, {
    headers: { 'Retry-After': String(seconds) },
  })
}

function describe(seconds: number): string {
  if (seconds > 90) return `${Math.ceil(seconds / 60)} minutes`
  return seconds === 1 ? 'a second' : `${seconds} seconds`
}
