import { type Minor, type orderContract, toDecimal } from '@duka/contracts'
import { type Claim, currentTraceparent, Problem, queryRow, queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { takePrompt } from './limit-prompts'
import { type PaymentRow, paymentColumns, toPayment, unknownFailure } from './payment'
import { countAttempt, countEnded } from './watch-payments'

/** After this a prompt can no longer be answered; a try without an outcome is then marked unknown. */
export const promptSeconds = 180

interface NewTry {
  id: string
  order: orderContract.PayableOrder
  provider: PaymentRow['provider']
  amount: Minor
  /** What rings on a phone; null where nobody is asked. */
  prompt: { phoneNumber: string; callbackHash: string; firstCheckSeconds: number } | null
  /** A card form rings nowhere, so a live one is gone on with where another prompt would be refused. */
  card?: { firstCheckSeconds: number }
}

/**
 * Writes a new try (or gives the live one of a card), and in the same transaction what `andThen` adds. Throws a Problem
 * where the order takes no more money, another try is still live, or prompts are too many.
 */
export function openTry(
  deps: Deps,
  attempt: NewTry,
  claim: Claim | null,
  andThen?: (payment: PaymentRow, transaction: Transaction) => Promise<unknown>,
): Promise<PaymentRow> {
  const { database } = deps
  const { order, provider, prompt } = attempt
  return database.transaction(async (transaction) => {
    const live = async () => findLiveTry({ database }, order.id, provider, transaction)
    const payment = (await insertTry({ database }, attempt, transaction)) ?? (attempt.card && (await live()))
    if (!payment) throw stillPending(await live())
    await requireUnpaid({ database }, order.id, transaction)
    if (prompt) {
      const { phoneNumber } = prompt
      await takePrompt(deps, { phoneNumber, orderId: order.id, userId: order.userId }, transaction)
    }
    await andThen?.(payment, transaction)
    await claim?.attach(payment.id, transaction)
    return payment
  })
}

type Database = Pick<Deps, 'database'>

/**
 * The order may not have heard of its money yet. Read after the insert, which waits for a success that is just being
 * written to the try before.
 */
async function requireUnpaid({ database }: Database, orderId: string, transaction: Transaction) {
  const sql = `SELECT 1 FROM payments WHERE order_id = $1 AND status = 'completed'`
  if (!(await queryRow(database, sql, [orderId], transaction))) return
  throw new Problem(409, 'order_not_payable', 'The money for this order has come; it needs no other payment.')
}

async function markSilentTries({ database }: Database, orderId: string, transaction: Transaction | null) {
  const silent = await queryRows<PaymentRow>(
    database,
    `UPDATE payments SET failure_code = $2, failure_message = $3, updated_at = now()
     WHERE order_id = $1 AND provider = 'mpesa' AND status = 'pending' AND failure_code IS NULL
       AND created_at < now() - make_interval(secs => ${promptSeconds}) RETURNING provider`,
    [orderId, unknownFailure.code, unknownFailure.message],
    transaction,
  )
  countEnded(silent, 'unknown', unknownFailure.code, transaction)
}

/** Answers undefined where another try is live. One that fell silent is not, once it is marked. */
async function insertTry(deps: Database, attempt: NewTry, transaction: Transaction): Promise<PaymentRow | undefined> {
  const payment = await insertWhereOpen(deps, attempt, transaction)
  if (payment) return payment
  await markSilentTries(deps, attempt.order.id, transaction)
  return insertWhereOpen(deps, attempt, transaction)
}

/** Locks the order's row here until the try is written, so that an order cannot be closed in between. */
async function insertWhereOpen({ database }: Database, attempt: NewTry, transaction: Transaction) {
  const { id, order, provider, amount, prompt, card } = attempt
  const row = await queryRow<PaymentRow & { closed_at: Date | null }>(
    database,
    `WITH gate AS (
       INSERT INTO payment_orders (order_id) VALUES ($2)
       ON CONFLICT (order_id) DO UPDATE SET order_id = excluded.order_id RETURNING order_id AS gate_id, closed_at),
     try AS (
       INSERT INTO payments (id, order_id, user_id, order_number, provider, amount, currency, phone_number,
         callback_hash, next_check_at, traceparent)
       SELECT $1::uuid, gate_id, $3::uuid, $4::text, $5::text, $6::numeric, $7::text, $8::text, $9::text,
         now() + make_interval(secs => $10), $11::text
       FROM gate WHERE closed_at IS NULL
       ON CONFLICT (order_id, provider) WHERE status = 'pending' AND failure_code IS NULL DO NOTHING
       RETURNING ${paymentColumns})
     SELECT closed_at, ${paymentColumns} FROM gate LEFT JOIN try ON true`,
    [
      id,
      order.id,
      order.userId,
      order.orderNumber,
      provider,
      toDecimal(amount),
      order.currency,
      prompt?.phoneNumber ?? null,
      prompt?.callbackHash ?? null,
      prompt?.firstCheckSeconds ?? card?.firstCheckSeconds ?? null,
      order.traceparent ?? currentTraceparent() ?? null,
    ],
    transaction,
  )
  if (row?.closed_at) {
    throw new Problem(409, 'order_not_payable', 'The time to pay for this order is over. Place it again.')
  }
  if (!row?.id) return undefined
  countAttempt(provider, transaction)
  return row
}

function findLiveTry({ database }: Database, orderId: string, provider: string, transaction: Transaction) {
  const sql = `SELECT ${paymentColumns} FROM payments WHERE order_id = $1 AND provider = $2 AND status = 'pending' AND failure_code IS NULL`
  return queryRow<PaymentRow>(database, sql, [orderId, provider], transaction)
}

function stillPending(live: PaymentRow | undefined): Problem {
  const detail = 'A payment for this order is waiting for an answer on the phone. Answer it, or wait a few minutes.'
  const extra = live ? { payment: toPayment(live) } : {}
  return new Problem(409, 'payment_pending', detail, { extra, headers: { 'Retry-After': '30' } })
}
