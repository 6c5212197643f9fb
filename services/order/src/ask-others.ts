import { paymentContract, productContract } from '@duka/contracts'
import { errorFields } from '@duka/kit'
import type { Deps } from './deps'

type Asker = Pick<Deps, 'payment' | 'product' | 'log'>

/** What payment knows of an order; undefined where it cannot tell. */
export function askPaymentEvents(deps: Asker, orderId: string) {
  const asking = deps.payment.call(paymentContract.readOrderTimeline, { params: { orderId } })
  return orMissing(deps, 'payment', asking)
}

/** What product knows of an order's stock; undefined where it cannot tell. */
export function askMovements(deps: Asker, orderId: string) {
  const asking = deps.product.call(productContract.listOrderMovements, { params: { orderId } })
  return orMissing(deps, 'product', asking)
}

/** A view of an order is still worth showing without a part of it. */
async function orMissing<T>({ log }: Asker, target: string, asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking
  } catch (error) {
    log.warn('timeline_part_missing', { target, ...errorFields(error) })
    return undefined
  }
}
