import { asUser, eventually } from '@duka/testkit'
import supertest from 'supertest'
import { advanceRefunds } from '../src/advance-refunds'
import type { RefundRow } from '../src/refund'
import { type Shop, startTry, untilStatus } from './support'

export const admin = asUser(undefined, 'admin')

/** A payment of 1500 whose money has come, as the simulator's ledger knows too. */
export async function startPaid(shop: Shop) {
  const started = await startTry(shop)
  shop.safaricom.control.pay(started.checkoutRequestId)
  const { transaction_id } = await untilStatus(shop, started.id, 'completed')
  await eventually('order told', async () => {
    const sql = 'SELECT 1 FROM payments WHERE id = $1 AND reported_at IS NOT NULL'
    return shop.row(sql, [started.id])
  })
  return { ...started, receipt: transaction_id! }
}

/** A payment that only a query told: its receipt is not known. */
export async function startPaidWithoutReceipt(shop: Shop) {
  const started = await startTry(shop)
  await shop.rows(`UPDATE payments SET status = 'completed', completed_at = now() WHERE id = $1`, [started.id])
  return started
}

export function refund(shop: Shop, id: string, body: object = {}, authorization = admin): supertest.Test {
  return supertest(shop.app)
    .post(`/api/payments/${id}/refund`)
    .set({ authorization })
    .send({ reason: 'It broke', ...body })
}

export function refundsOf(shop: Shop, paymentId: string): Promise<RefundRow[]> {
  return shop.rows<RefundRow>('SELECT * FROM refunds WHERE payment_id = $1 ORDER BY created_at, id', [paymentId])
}

export async function refundRow(shop: Shop, id: string): Promise<RefundRow> {
  return (await shop.row<RefundRow>('SELECT * FROM refunds WHERE id = $1', [id]))!
}

export function untilRefund(shop: Shop, id: string, status: RefundRow['status']): Promise<RefundRow> {
  return eventually(`refund ${status}`, async () => {
    const row = await refundRow(shop, id)
    return row.status === status && row
  })
}

/** Waits until the first step of a refund was taken, whatever came of it. */
export function untilTried(shop: Shop, id: string): Promise<unknown> {
  const sql = 'SELECT outcome FROM mpesa_calls WHERE refund_id = $1 AND outcome IS NOT NULL'
  return eventually('refund tried', () => shop.row(sql, [id]))
}

/** Takes a refund's next step now, as the sweep does when its time has come. A step that is still being written is waited for. */
export async function advance(shop: Shop, id: string): Promise<RefundRow> {
  const { checks } = await refundRow(shop, id)
  await eventually('a step taken', async () => {
    await shop.rows('UPDATE refunds SET next_check_at = now() WHERE id = $1 AND next_check_at IS NOT NULL', [id])
    await advanceRefunds(shop.deps)
    return (await refundRow(shop, id)).checks > checks
  })
  return refundRow(shop, id)
}

/** The money that the simulator moved for a phone, in its own order. */
export function movedBack(shop: Shop) {
  const { entries } = shop.safaricom.control.ledger()
  return entries.filter(({ kind }) => kind !== 'payment').map(({ kind, amount, phone }) => ({ kind, amount, phone }))
}
