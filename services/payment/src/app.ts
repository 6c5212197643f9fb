import { paymentContract as contract } from '@duka/contracts'
import { createServiceApp, failedJobRoutes, queryRows, route } from '@duka/kit'
import type { Express } from 'express'
import { closePayments } from './close-payments'
import { collectCash, collectOrderCash } from './collect-cash'
import { decideReview, findReview } from './decide-review'
import type { Deps } from './deps'
import { findPayment } from './find-payment'
import { listAllPayments, readAnyPayment } from './list-all-payments'
import { listReviews } from './list-reviews'
import { payByCash } from './pay-by-cash'
import { payByMpesa } from './pay-by-mpesa'
import { payByStripe } from './pay-by-stripe'
import { listOrderPayments, readPayment } from './read-payments'
import { readOrderTimeline } from './read-timeline'
import { receiveMpesaCallback, receiveUnprovenMpesaCallback } from './receive-callback'
import { receiveStripeEvent } from './receive-stripe-event'
import { refundOrder, refundPayment } from './refund-payment'
import { refuseCash } from './refuse-cash'
import { listEvents, replayEvent } from './replay-event'

/** The table of endpoints. */
export function createApp(deps: Deps): Express {
  return createServiceApp({
    ...deps,
    checkReady: () => queryRows(deps.database, 'SELECT 1'),
    routes: [
      route(contract.payByMpesa, ({ user, body, claim }) => payByMpesa(deps, user, body, claim)),
      route(contract.payByStripe, ({ user, body, claim }) => payByStripe(deps, user, body, claim)),
      route(contract.readPayment, ({ user, params }) => readPayment(deps, user, params.id)),
      route(contract.listOrderPayments, ({ user, params }) => listOrderPayments(deps, user, params.orderId)),
      route(contract.receiveMpesaCallback, ({ params, raw, request }) =>
        receiveMpesaCallback(deps, params.token, raw, request.ip),
      ),
      route(contract.receiveUnprovenMpesaCallback, ({ raw }) => receiveUnprovenMpesaCallback(deps, raw)),
      route(contract.payByCash, ({ user, body, claim }) => payByCash(deps, user, body, claim)),
      route(
        contract.collectCash,
        ({ user, params, body }) => collectCash(deps, user, params.id, body),
        ({ params }) => findPayment(deps, params.id),
      ),
      route(
        contract.refuseCash,
        ({ user, params, body }) => refuseCash(deps, user, params.id, body),
        ({ params }) => findPayment(deps, params.id),
      ),
      route(contract.listAllPayments, ({ query }) => listAllPayments(deps, query)),
      route(contract.listReviews, ({ query }) => listReviews(deps, query)),
      route(
        contract.decideReview,
        ({ user, params, body }) => decideReview(deps, user, params.id, body),
        ({ params }) => findReview(deps, params.id),
      ),
      route(contract.listEvents, ({ query }) => listEvents(deps, query)),
      route(contract.replayEvent, ({ params }) => replayEvent(deps, params.id)),
      route(contract.readAnyPayment, ({ params }) => readAnyPayment(deps, params.id)),
      ...failedJobRoutes(deps, { list: contract.listFailedPaymentJobs, replay: contract.replayPaymentJob }),
      route(contract.readOrderTimeline, ({ params }) => readOrderTimeline(deps, params.orderId)),
      route(contract.collectOrderCash, ({ body }) => collectOrderCash(deps, body)),
      route(
        contract.refundPayment,
        ({ user, params, body, claim }) => refundPayment(deps, user, params.id, body, claim),
        ({ params }) => findPayment(deps, params.id),
      ),
      route(contract.refundOrder, ({ body }) => refundOrder(deps, body)),
      route(contract.receiveStripeEvent, ({ request, raw }) =>
        receiveStripeEvent(deps, request.get('stripe-signature'), raw),
      ),
      route(contract.closePayments, ({ body }) => closePayments(deps, body)),
    ],
  })
}
