import { type paymentContract, toMajor, toMinor } from '@duka/contracts'
import { queryRow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'

export interface RefundRow {
  id: string
  payment_id: string
  amount: string
  status: paymentContract.Refund['status']
  reason: string
  actor_id: string | null
  actor_role: string
  request_id: string | null
  /** The provider's name for it. */
  external_reference: string | null
  /** The provider's receipt, once the money went back. */
  transaction_id: string | null
  failure_code: string | null
  failure_message: string | null
  /** Keys under which the provider saved a failure. */
  spent_keys: number
  checks: number
  next_check_at: Date | null
  created_at: Date
  updated_at: Date
  settled_at: Date | null
  /** Also where it came back later. */
  succeeded_at: Date | null
}

/** Who wants something done: a user, or the shop itself. */
export interface Actor {
  id: string | null
  role: string
}

export const shopItself: Actor = { id: null, role: 'system' }

/** The only way a refund's row becomes JSON. */
export function toRefund(row: RefundRow): paymentContract.Refund {
  return {
    id: row.id,
    paymentId: row.payment_id,
    amount: toMajor(toMinor(row.amount)),
    status: row.status,
    reason: row.reason,
    actor: { id: row.actor_id, role: row.actor_role },
    externalReference: row.external_reference,
    transactionId: row.transaction_id,
    failureCode: row.failure_code,
    failureMessage: row.failure_message,
    createdAt: row.created_at.toISOString(),
    settledAt: row.settled_at?.toISOString() ?? null,
  }
}

/** Holds a refund's row. Whoever needs the payment's row too locks that one first. */
export async function lockRefund({ database }: Pick<Deps, 'database'>, id: string, transaction: Transaction) {
  return (await queryRow<RefundRow>(database, 'SELECT * FROM refunds WHERE id = $1 FOR UPDATE', [id], transaction))!
}
