import { orderContract as contract } from '@duka/contracts'
import { createServiceApp, failedJobRoutes, queryRows, route } from '@duka/kit'
import type { Express } from 'express'
import { cancelOrder } from './cancel-order'
import { changeOrderStatus } from './change-order-status'
import { confirmOrder } from './confirm-order'
import type { Deps } from './deps'
import { requireOwnOrder, requireStandingOrder } from './find-order'
import { listAllOrders } from './list-all-orders'
import { placeOrder } from './place-order'
import { readOrderHistory } from './read-history'
import { listOrders, readAnyOrder, readOrder, readPayableOrder } from './read-orders'
import { readTimeline } from './read-timeline'
import { refuseCash } from './refuse-cash'
import { updateOrderStatus } from './update-order-status'

/** The table of endpoints. */
export function createApp(deps: Deps): Express {
  return createServiceApp({
    ...deps,
    checkReady: () => queryRows(deps.database, 'SELECT 1'),
    routes: [
      route(contract.placeOrder, ({ user, body, claim }) => placeOrder(deps, user, body, claim)),
      route(contract.listOrders, ({ user, query }) => listOrders(deps, user, query)),
      route(contract.readOrder, ({ user, params }) => readOrder(deps, user, params.id)),
      route(contract.readOrderHistory, ({ user, params }) => readOrderHistory(deps, user, params.id)),
      route(
        contract.cancelOrder,
        ({ user, params, body }) => cancelOrder(deps, user, params.id, body),
        ({ user, params }) => requireOwnOrder(deps, user.id, params.id),
      ),
      route(contract.listAllOrders, ({ query }) => listAllOrders(deps, query)),
      route(contract.readAnyOrder, ({ params }) => readAnyOrder(deps, params.id)),
      route(
        contract.changeOrderStatus,
        ({ user, params, body }) => changeOrderStatus(deps, user, params.id, body),
        ({ params }) => requireStandingOrder(deps, params.id),
      ),
      route(contract.readOrderTimeline, ({ params }) => readTimeline(deps, params.id)),
      ...failedJobRoutes(deps, { list: contract.listFailedOrderJobs, replay: contract.replayOrderJob }),
      route(contract.readPayableOrder, ({ params }) => readPayableOrder(deps, params.id)),
      route(contract.updateOrderStatus, ({ body }) => updateOrderStatus(deps, body)),
      route(contract.confirmOrder, ({ params, body }) => confirmOrder(deps, params.id, body.paymentId)),
      route(contract.refuseCash, ({ params, body }) => refuseCash(deps, params.id, body)),
    ],
  })
}
