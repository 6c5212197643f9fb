import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { queryRow, queryRows } from '@duka/kit'
import type { Sequelize } from 'sequelize'

export interface FetchedToken {
  token: string
  lifeSeconds: number
}

/** Before this much of its life is left, a token is replaced. */
const earlySeconds = 60
const leaseSeconds = 10
const pollMs = 50
const localMs = 2_000

export interface AccessTokens {
  current(): Promise<string>
  /** Gives up a token that Safaricom refused; the next `current` fetches. */
  drop(token: string): Promise<void>
}

/**
 * A new token ends the one before it, so processes that fetch on their own break each other (Daraja, Authorization).
 * All of them share one row, and one at a time fetches.
 */
export function createAccessTokens(
  database: Sequelize,
  account: string,
  fetchToken: () => Promise<FetchedToken>,
): AccessTokens {
  const key = createHash('sha256').update(account).digest('hex')
  let local: { token: string; until: number } | undefined
  let pending: Promise<string> | undefined

  async function load(): Promise<string> {
    const until = Date.now() + leaseSeconds * 1000
    for (;;) {
      const token = (await readToken(database, key)) ?? (await fetchInTurn(database, key, fetchToken))
      if (token) return token
      if (Date.now() > until) throw new Error('No access token could be had from Safaricom')
      await wait(pollMs)
    }
  }

  return {
    async current() {
      if (local && local.until > Date.now()) return local.token
      pending ??= load().finally(() => {
        pending = undefined
      })
      const token = await pending
      local = { token, until: Date.now() + localMs }
      return token
    },
    async drop(token) {
      local = undefined
      await queryRows(database, 'UPDATE mpesa_tokens SET token = NULL WHERE key = $1 AND token = $2', [key, token])
    },
  }
}

async function readToken(database: Sequelize, key: string): Promise<string | undefined> {
  const row = await queryRow<{ token: string }>(
    database,
    `SELECT token FROM mpesa_tokens
     WHERE key = $1 AND token IS NOT NULL AND expires_at > now() + make_interval(secs => ${earlySeconds})`,
    [key],
  )
  return row?.token
}

/** Fetches where nobody else does; undefined where somebody is at it. */
async function fetchInTurn(
  database: Sequelize,
  key: string,
  fetchToken: () => Promise<FetchedToken>,
): Promise<string | undefined> {
  const mine = await queryRow(
    database,
    `INSERT INTO mpesa_tokens AS t (key, leased_until) VALUES ($1, now() + make_interval(secs => ${leaseSeconds}))
     ON CONFLICT (key) DO UPDATE SET leased_until = excluded.leased_until
       WHERE t.leased_until < now() AND (t.token IS NULL OR t.expires_at <= now() + make_interval(secs => ${earlySeconds}))
     RETURNING key`,
    [key],
  )
  if (!mine) return undefined
  const fetched = await fetchToken().catch(async (error) => {
    await queryRows(database, 'UPDATE mpesa_tokens SET leased_until = now() WHERE key = $1', [key])
    throw error
  })
  await queryRows(
    database,
    `UPDATE mpesa_tokens SET token = $2, expires_at = now() + make_interval(secs => $3), leased_until = now() WHERE key = $1`,
    [key, fetched.token, fetched.lifeSeconds],
  )
  return fetched.token
}
