import { type paymentContract as contract, type InputOf, toDecimal, toMinor } from '@duka/contracts'
import { currentRequestId, Problem, queryRow, tryNow, type User } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { findPayment, lockPayment } from './find-payment'
import { type PaymentRow, toPayment } from './payment'
import type { Actor } from './refund'
import { reportPayment } from './report-payment'
import { requireCash } from './require-cash'
import { reviewMissingCash } from './review-missing-cash'
import { completePayment } from './settle-payment'

type Body = InputOf<typeof contract.collectCash>['body']

interface Collection {
  amount: string
  collector: string
}

/** The courier has the money. It counts once; the same again answers the same. */
export async function collectCash(deps: Deps, user: User, id: string, { amount, collector }: Body) {
  const collection = { amount: toDecimal(toMinor(amount)), collector }
  const payment = await deps.database.transaction(async (transaction) => {
    const locked = requireCash(await lockPayment(deps, id, transaction))
    return bookCash(deps, locked, collection, { id: user.id, role: user.role }, transaction)
  })
  return { payment: toPayment(await tell(deps, payment)) }
}

/**
 * Money in hand counts whatever was noted before, as money does that comes late by phone: where the order cannot take
 * it, a person has to give it back.
 */
export async function bookCash(
  deps: Deps,
  payment: PaymentRow,
  { amount, collector }: Collection,
  actor: Actor,
  transaction: Transaction,
): Promise<PaymentRow> {
  if (amount !== payment.amount) {
    const detail = `The order costs ${payment.currency} ${payment.amount}. Collect that, no more and no less.`
    throw new Problem(422, 'amount_mismatch', detail)
  }
  const kept = await queryRow<Collection>(
    deps.database,
    `INSERT INTO cash_outcomes (payment_id, kind, order_id, amount, collector, actor_id, actor_role, request_id)
     VALUES ($1, 'collected', $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING collector`,
    [payment.id, payment.order_id, amount, collector, actor.id, actor.role, currentRequestId() ?? null],
    transaction,
  )
  if (kept) await completePayment(deps, payment, null, transaction)
  else await requireSame(deps, payment, collector, transaction)
  return payment
}

async function requireSame({ database }: Deps, payment: PaymentRow, collector: string, transaction: Transaction) {
  const sql = `SELECT payment_id, collector FROM cash_outcomes WHERE order_id = $1 AND kind = 'collected'`
  const first = await queryRow<{ payment_id: string; collector: string }>(
    database,
    sql,
    [payment.order_id],
    transaction,
  )
  if (first?.payment_id === payment.id && first.collector === collector) return
  throw new Problem(409, 'already_collected', `The money for this order was collected by ${first?.collector}.`)
}

async function tell(deps: Deps, { id }: PaymentRow): Promise<PaymentRow> {
  await tryNow(deps.database, reportPayment.key(id), deps.log, () => reportPayment(deps, id))
  return findPayment(deps, id)
}

interface Delivery {
  orderId: string
  collector: string
  actor: Actor
}

/** An order that counts as delivered has been paid at the door, if it was to be: in the name of who says so. */
export async function collectOrderCash(deps: Deps, { orderId, collector, actor }: Delivery) {
  const payment = await deps.database.transaction(async (transaction) => {
    const found = await lockCashOf(deps, orderId, transaction)
    if (!found) await reviewMissingCash(deps, orderId, transaction)
    if (found?.status !== 'pending') return found
    return bookCash(deps, found, { amount: found.amount, collector }, actor, transaction)
  })
  if (!payment) return { outcome: 'none' as const, payment: null }
  return { outcome: 'collected' as const, payment: toPayment(await tell(deps, payment)) }
}

/** What is collected, or waits to be. */
function lockCashOf({ database }: Deps, orderId: string, transaction: Transaction): Promise<PaymentRow | undefined> {
  const sql = `SELECT * FROM payments WHERE order_id = $1 AND provider = 'cash_on_delivery' AND status <> 'failed'
    ORDER BY completed_at IS NULL, created_at DESC LIMIT 1 FOR UPDATE`
  return queryRow<PaymentRow>(database, sql, [orderId], transaction)
}
