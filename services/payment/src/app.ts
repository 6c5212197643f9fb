import { paymentContract as contract } from '@duka/contracts'
import { createServiceApp, queryRows, route } from '@duka/kit'
import type { Express } from 'express'
import { closePayments } from './close-payments'
import { collectCash, collectOrderCash } from './collect-cash'
import type { Deps } from './deps'
import { findPayment } from './find-payment'
import { payByCash } from './pay-by-cash'
import { payByMpesa } from './pay-by-mpesa'
import { listOrderPayments, readPayment } from './read-payments'
import { receiveMpesaCallback, receiveUnprovenMpesaCallback } from './receive-callback'
import { refundOrder, refundPayment } from './refund-payment'
import { refuseCash } from './refuse-cash'

/** The table of endpoints. */
export function createApp(deps: Deps): Express {
  return createServiceApp({
    ...deps,
    checkReady: () => queryRows(deps.database, 'SELECT 1'),
    routes: [
      route(contract.payByMpesa, ({ user, body, claim }) => payByMpesa(deps, user, body, claim)),
      route(contract.readPayment, ({ user, params }) => readPayment(deps, user, params.id)),
      route(contract.listOrderPayments, ({ user, params }) => listOrderPayments(deps, user, params.orderId)),
      route(contract.receiveMpesaCallback, ({ params, raw }) => receiveMpesaCallback(deps, params.token, raw)),
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
      route(contract.collectOrderCash, ({ body }) => collectOrderCash(deps, body)),
      route(
        contract.refundPayment,
        ({ user, params, body, claim }) => refundPayment(deps, user, params.id, body, claim),
        ({ params }) => findPayment(deps, params.id),
      ),
      route(contract.refundOrder, ({ body }) => refundOrder(deps, body)),
      route(contract.closePayments, ({ body }) => closePayments(deps, body.orderId)),
    ],
  })
}
