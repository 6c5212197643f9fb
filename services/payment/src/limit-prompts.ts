import { createHash } from 'node:crypto'
import { Problem, queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'

interface Limit {
  name: string
  /** As many at once; later one more each time that this share of the window has passed. */
  prompts: number
  windowSeconds: number
  refusal: string
}

/** What a prompt is counted for. */
export interface Prompt {
  phoneNumber: string
  orderId: string
  userId: string
}

const minute = 60
const day = 86_400

/** Whoever asks, and for whichever orders: nobody's phone rings more often than this. */
const limits: (Limit & { subjectOf: (prompt: Prompt) => string })[] = [
  {
    name: 'phone',
    prompts: 5,
    windowSeconds: 10 * minute,
    refusal: 'This phone was sent many M-Pesa requests just now.',
    subjectOf: ({ phoneNumber }) => phoneNumber,
  },
  {
    name: 'phone-day',
    prompts: 20,
    windowSeconds: day,
    refusal: 'This phone was sent many M-Pesa requests today.',
    subjectOf: ({ phoneNumber }) => phoneNumber,
  },
  {
    name: 'order',
    prompts: 6,
    windowSeconds: 15 * minute,
    refusal: 'Many M-Pesa requests were sent for this order.',
    subjectOf: ({ orderId }) => orderId,
  },
  {
    name: 'user',
    prompts: 15,
    windowSeconds: 30 * minute,
    refusal: 'You have sent many M-Pesa requests just now.',
    subjectOf: ({ userId }) => userId,
  },
]

/** Counts a prompt in the transaction that writes its try. Throws a 429 Problem, and counts nothing, beyond a limit. */
export async function takePrompt(deps: Deps, prompt: Prompt, transaction: Transaction): Promise<void> {
  const rows = await queryRows<{ key: string; fill: number }>(
    deps.database,
    // Locked in the order of their keys, so that two tries cannot wait for each other.
    `INSERT INTO prompt_limits AS l (key, drained_at)
     SELECT key, now() + make_interval(secs => pause) FROM unnest($1::text[], $2::float8[]) AS w (key, pause) ORDER BY key
     ON CONFLICT (key) DO UPDATE SET drained_at = greatest(l.drained_at, now()) + (excluded.drained_at - now())
     RETURNING key, extract(epoch FROM drained_at - now())::float8 AS fill`,
    [keysOf(prompt), pausesOf(deps)],
    transaction,
  )
  const fills = new Map(rows.map(({ key, fill }) => [key, fill]))
  for (const [index, key] of keysOf(prompt).entries()) {
    const { windowSeconds, refusal } = limits[index]!
    const waitSeconds = Math.ceil(fills.get(key)! - windowSeconds)
    if (waitSeconds > 0) throw tooManyPrompts(refusal, waitSeconds)
  }
}

/** The prompt reached no phone, so it does not count. */
export async function giveBackPrompt(deps: Deps, prompt: Prompt): Promise<void> {
  await queryRows(
    deps.database,
    `UPDATE prompt_limits AS l SET drained_at = drained_at - make_interval(secs => w.pause)
     FROM (SELECT key, pause FROM prompt_limits JOIN unnest($1::text[], $2::float8[]) AS w (key, pause) USING (key)
           ORDER BY key FOR UPDATE OF prompt_limits) AS w WHERE l.key = w.key`,
    [keysOf(prompt), pausesOf(deps)],
  )
}

export async function deleteDrainedLimits({ database }: Deps): Promise<void> {
  await queryRows(database, 'DELETE FROM prompt_limits WHERE drained_at < now()')
}

/** Only hashes are kept: a phone number says who somebody is. */
function keysOf(prompt: Prompt): string[] {
  return limits.map(
    ({ name, subjectOf }) => `${name}:${createHash('sha256').update(subjectOf(prompt)).digest('base64url')}`,
  )
}

function pausesOf({ limitFactor }: Deps): number[] {
  return limits.map(({ prompts, windowSeconds }) => windowSeconds / Math.max(1, prompts * limitFactor))
}

function tooManyPrompts(refusal: string, seconds: number): Problem {
  const wait = seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${seconds} seconds`
  return new Problem(429, 'rate_limited', `${refusal} Try again in ${wait}.`, {
    headers: { 'Retry-After': String(seconds) },
  })
}
