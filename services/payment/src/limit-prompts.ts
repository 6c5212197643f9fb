import { createHash } from 'node:crypto'
import { errorFields, Problem, queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { doubtful } from './mpesa/result-codes'
import type { PaymentRow } from './payment'
import { type Limit, limits, type Prompt } from './prompt-limits'

/** What a person at the phone did with an earlier prompt of the same account: the PIN was entered, right or wrong. */
const isAnswered = `completed_at IS NOT NULL OR failure_code IN ('1', '2001')`

/**
 * The limits that a prompt counts for. Whether the account has asked this phone lately, which makes it a first one or not, is
 * read from the measure of what it asked as a stranger.
 */
const chosenLimits = (isKnown: string, hasAsked: string) => `
  asker AS (SELECT ${isKnown} AS is_known, EXISTS (
    SELECT 1 FROM prompt_limits WHERE key = $4::text AND ${hasAsked}) AS has_asked),
  chosen AS (
    SELECT key, make_interval(secs => pause) AS pause
    FROM unnest($1::text[], $2::float8[], $3::text[]) AS w (key, pause, counts), asker
    WHERE counts = 'always' OR (is_known AND counts = 'known') OR (NOT is_known AND counts = 'stranger')
      OR (NOT is_known AND NOT has_asked AND counts = 'first'))`

const isKnown = `EXISTS (SELECT 1 FROM payments WHERE user_id = $5::uuid AND phone_number = $6::text AND (${isAnswered}))`
const askedWithoutThis = 'drained_at - make_interval(secs => $7::float8) > now()'

/** Counts a prompt in the transaction that writes its try. Throws a 429 Problem, and counts nothing, beyond a limit. */
export async function takePrompt(deps: Deps, prompt: Prompt, transaction: Transaction): Promise<void> {
  const rows = await queryRows<{ key: string; fill: number }>(
    deps.database,
    // Locked in the order of their keys, so that two tries cannot wait for each other.
    `WITH ${chosenLimits(isKnown, 'drained_at > now()')}
     INSERT INTO prompt_limits AS l (key, drained_at) SELECT key, now() + pause FROM chosen ORDER BY key
     ON CONFLICT (key) DO UPDATE SET drained_at = greatest(l.drained_at, now()) + (excluded.drained_at - now())
     RETURNING key, extract(epoch FROM drained_at - now())::float8 AS fill`,
    [...measuresOf(deps, prompt), prompt.userId, prompt.phoneNumber],
    transaction,
  )
  const fills = new Map(rows.map(({ key, fill }) => [key, fill]))
  for (const limit of limits) {
    const waitSeconds = Math.ceil((fills.get(keyOf(limit, prompt)) ?? 0) - limit.windowSeconds)
    if (waitSeconds > 0) throw tooManyPrompts(limit.refusal, waitSeconds)
  }
}

const giveBack = `
  UPDATE prompt_limits AS l SET drained_at = drained_at - w.pause
  FROM (SELECT key, pause FROM prompt_limits JOIN chosen USING (key) ORDER BY key FOR UPDATE OF prompt_limits) AS w
  WHERE l.key = w.key`

/** The prompt reached no phone, so it does not count. */
export async function giveBackPrompt(deps: Deps, prompt: Prompt): Promise<void> {
  await queryRows(deps.database, `WITH ${chosenLimits(isKnown, askedWithoutThis)} ${giveBack}`, [
    ...measuresOf(deps, prompt),
    prompt.userId,
    prompt.phoneNumber,
    pauseOf(deps, strangersDay),
  ])
}

/** It was answered, or it never rang: nobody was troubled for nothing. */
const isSettled = `completed_at IS NOT NULL OR (status = 'failed' AND failure_code <> ALL ($6::text[]))`

/**
 * Once it is known how a try ended: what a stranger's prompt counted against the phone and the account is given back, unless
 * nobody answered it. How many an order and a customer may send stays as it is. Never throws: a limit that stays fuller for
 * some hours is no reason to apply anything again.
 */
export async function forgivePrompt(deps: Deps, { id, order_id: orderId, user_id: userId, phone_number }: PaymentRow) {
  if (phone_number === null) return
  const strangers = limits.filter(({ counts }) => counts === 'stranger' || counts === 'first')
  const measures = measuresOf(deps, { phoneNumber: phone_number, orderId, userId }, strangers)
  const isOver = `EXISTS (SELECT 1 FROM prompt_limits WHERE key = $4::text AND drained_at > now())
    AND EXISTS (SELECT 1 FROM payments WHERE id = $7::uuid AND (${isSettled}))`
  const sql = `WITH ${chosenLimits(`NOT (${isOver})`, 'drained_at - make_interval(secs => $5::float8) > now()')} ${giveBack}`
  try {
    await queryRows(deps.database, sql, [...measures, pauseOf(deps, strangersDay), [...doubtful], id])
  } catch (error) {
    deps.log.warn('prompt_not_forgiven', { paymentId: id, ...errorFields(error) })
  }
}

export async function deleteDrainedLimits({ database }: Deps): Promise<void> {
  await queryRows(database, 'DELETE FROM prompt_limits WHERE drained_at < now()')
}

/** Says whether this account asked this phone lately, as long as it was a stranger to it. */
const strangersDay = limits.find(({ name }) => name === 'stranger-day')!

function measuresOf(deps: Deps, prompt: Prompt, chosen: readonly Limit[] = limits) {
  return [
    chosen.map((limit) => keyOf(limit, prompt)),
    chosen.map((limit) => pauseOf(deps, limit)),
    chosen.map(({ counts }) => counts),
    keyOf(strangersDay, prompt),
  ]
}

/** Only hashes are kept: a phone number says who somebody is. */
function keyOf({ name, subjectOf }: Limit, prompt: Prompt): string {
  return `${name}:${createHash('sha256').update(subjectOf(prompt)).digest('base64url')}`
}

function pauseOf({ limitFactor }: Deps, { prompts, windowSeconds }: Limit): number {
  return windowSeconds / Math.max(1, prompts * limitFactor)
}

function tooManyPrompts(refusal: string, seconds: number): Problem {
  const wait = seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${seconds} seconds`
  return new Problem(429, 'rate_limited', `${refusal} Try again in ${wait}.`, {
    headers: { 'Retry-After': String(seconds) },
  })
}
