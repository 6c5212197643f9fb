import { type Actor, paymentContract } from '@duka/contracts'
import type { Deps } from './deps'

interface Payload {
  orderId: string
  reason: string
  actor: Actor
}

/** Asks payment to give back what came for an order that is cancelled. Payment tells when it is done. */
export async function refundOrder({ payment }: Pick<Deps, 'payment'>, body: Payload): Promise<void> {
  await payment.call(paymentContract.refundOrder, { body })
}

const maxReason = 500

refundOrder.key = (orderId: string) => `refund-order:${orderId}`

refundOrder.job = ({ orderId, reason, actor }: Payload) => ({
  task: 'refund-order',
  payload: { orderId, reason: reason.slice(0, maxReason).toWellFormed(), actor },
  key: refundOrder.key(orderId),
})
