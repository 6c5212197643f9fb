import { type Actor, paymentContract } from '@duka/contracts'
import type { Deps } from './deps'
import type { OrderRow } from './order'

interface Payload {
  orderId: string
  actor: Actor
}

/** Whoever says that an order which is paid in cash was delivered has collected its money; payment then tells that it is paid. */
export async function collectCash({ payment }: Pick<Deps, 'payment'>, { orderId, actor }: Payload): Promise<void> {
  const collector = actor.id ?? actor.role
  await payment.call(paymentContract.collectOrderCash, { body: { orderId, collector, actor } })
}

collectCash.key = (orderId: string) => `collect-cash:${orderId}`

collectCash.job = ({ orderId, actor }: Payload) => ({
  task: 'collect-cash',
  payload: { orderId, actor },
  key: collectCash.key(orderId),
})

export function owesCash({ status, cash_payment_id, payment_id }: OrderRow): boolean {
  return status === 'delivered' && cash_payment_id !== null && payment_id === null
}
