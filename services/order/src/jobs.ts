import { actor } from '@duka/contracts'
import { deleteExpiredKeys, type Jobs, startJobs } from '@duka/kit'
import { z } from 'zod'
import { closePayments } from './close-payments'
import { collectCash } from './collect-cash'
import { commitStock } from './commit-stock'
import type { Deps } from './deps'
import { emptyCartLater } from './empty-cart'
import { expireDueOrders, expireOrder } from './expire-orders'
import { refundOrder } from './refund-order'
import { releaseStock } from './release-stock'

const ofOrder = z.object({ orderId: z.uuid() })
const ofCash = ofOrder.extend({ actor })
const ofRefund = ofCash.extend({ reason: z.string() })
const ofAttempt = ofOrder.extend({ attempt: z.number().int() })

/** What order does off the request path. */
export function startOrderJobs(deps: Deps, databaseUrl: string): Promise<Jobs> {
  return startJobs({
    databaseUrl,
    log: deps.log,
    tasks: {
      'expire-order': (payload) => expireOrder(deps, ofOrder.parse(payload).orderId),
      'empty-cart': (payload) => emptyCartLater(deps, ofOrder.parse(payload).orderId),
      'refund-order': (payload) => refundOrder(deps, ofRefund.parse(payload)),
      'collect-cash': (payload) => collectCash(deps, ofCash.parse(payload)),
      'close-payments': async (payload) =>
        void (await closePayments(deps, ofOrder.parse(payload).orderId, 'cancelled')),
      'release-stock': (payload) => {
        const { orderId, attempt } = ofAttempt.parse(payload)
        return releaseStock(deps, orderId, attempt)
      },
      'commit-stock': (payload) => {
        const { orderId, attempt } = ofAttempt.parse(payload)
        return commitStock(deps, orderId, attempt)
      },
    },
    sweeps: [
      { name: 'expire_due_orders', everySeconds: 10, run: () => expireDueOrders(deps) },
      { name: 'delete_expired_keys', everySeconds: 3600, run: () => deleteExpiredKeys(deps.database) },
    ],
  })
}
