import { type paymentContract as contract, type InputOf, toMinor } from '@duka/contracts'
import { type Claim, enqueueBackstop, newId, Problem, queryRow, type User } from '@duka/kit'
import { confirmCashOrder, tryConfirmCashOrder } from './confirm-cash-order'
import type { Deps } from './deps'
import { findPayment } from './find-payment'
import { openTry } from './open-try'
import { type PaymentRow, toPayment } from './payment'
import { requirePayableOrder } from './require-payable-order'

type Body = InputOf<typeof contract.payByCash>['body']

/**
 * The customer will pay at the door: the order is confirmed and waits for no money any more. The payment is written
 * first, so that an order that cannot be reached is confirmed later. Asking again gives the same payment.
 */
export async function payByCash(deps: Deps, user: User, body: Body, claim: Claim | null) {
  const payment = claim?.resourceId
    ? await findPayment(deps, claim.resourceId)
    : ((await findLiveCash(deps, user, body.orderId)) ?? (await openCash(deps, user, body, claim)))
  await tryConfirmCashOrder(deps, payment.id)
  const now = await findPayment(deps, payment.id)
  // Its order did not take it, was cancelled, or was paid in another way meanwhile.
  if (now.status === 'failed') throw new Problem(409, 'order_not_payable', now.failure_message ?? 'It cannot be paid.')
  return { message: messageOf(now), payment: toPayment(now) }
}

function findLiveCash({ database }: Deps, user: User, orderId: string): Promise<PaymentRow | undefined> {
  const sql = `SELECT * FROM payments WHERE order_id = $1 AND user_id = $2 AND provider = 'cash_on_delivery'
    AND status = 'pending' AND failure_code IS NULL`
  return queryRow<PaymentRow>(database, sql, [orderId, user.id])
}

async function openCash(deps: Deps, user: User, body: Body, claim: Claim | null): Promise<PaymentRow> {
  const order = await requirePayableOrder(deps, user, body)
  const attempt = { id: newId(), order, provider: 'cash_on_delivery', amount: toMinor(order.totalAmount) } as const
  try {
    return await openTry(deps, { ...attempt, prompt: null }, claim, (payment, transaction) =>
      enqueueBackstop(deps.database, transaction, confirmCashOrder.job(payment.id)),
    )
  } catch (error) {
    // Somebody else was first with the very same.
    const live =
      error instanceof Problem && error.code === 'payment_pending' && (await findLiveCash(deps, user, order.id))
    if (live) return live
    throw error
  }
}

function messageOf({ status, confirmed_at }: PaymentRow): string {
  if (status !== 'pending') return 'Paid.'
  return confirmed_at ? 'Your order is confirmed. Pay in cash when it comes.' : 'Your order is being confirmed.'
}
