import { deleteExpiredKeys, type Jobs, startJobs } from '@duka/kit'
import { z } from 'zod'
import { advanceRefunds } from './advance-refunds'
import { applyCallback } from './apply-callback'
import { applyStripeEvent } from './apply-stripe-event'
import { createEventCatchUp } from './catch-up-events'
import { checkCardPayments } from './check-card-payments'
import { checkSilentPayments } from './check-silent-payments'
import { confirmCashOrder, confirmUnconfirmedOrders } from './confirm-cash-order'
import type { Deps } from './deps'
import { deleteDrainedLimits } from './limit-prompts'
import { deleteOldUnmatchedEvents } from './receive-callback'
import { reportRefusal, reportUntoldRefusals } from './refuse-cash'
import { reportPayment, reportUnreportedPayments } from './report-payment'
import { reportRefund, reportUnreportedRefunds } from './report-refund'

const ofEvent = z.object({ eventId: z.uuid() })
const ofPayment = z.object({ paymentId: z.uuid() })

/** What payment does off the request path. */
export function startPaymentJobs(deps: Deps, databaseUrl: string): Promise<Jobs> {
  return startJobs({
    databaseUrl,
    log: deps.log,
    tasks: {
      'apply-callback': (payload) => applyCallback(deps, ofEvent.parse(payload).eventId),
      'confirm-cash-order': (payload) => confirmCashOrder(deps, ofPayment.parse(payload).paymentId),
      'report-refusal': (payload) => reportRefusal(deps, ofPayment.parse(payload).paymentId),
      'report-refund': (payload) => reportRefund(deps, ofPayment.parse(payload).paymentId),
      'apply-stripe-event': (payload) => applyStripeEvent(deps, ofEvent.parse(payload).eventId),
      'report-payment': (payload) => reportPayment(deps, ofPayment.parse(payload).paymentId),
    },
    sweeps: [
      { name: 'check_silent_payments', everySeconds: 5, run: () => checkSilentPayments(deps) },
      { name: 'advance_refunds', everySeconds: 5, run: () => advanceRefunds(deps) },
      { name: 'confirm_unconfirmed_orders', everySeconds: 15, run: () => confirmUnconfirmedOrders(deps) },
      { name: 'report_untold_refusals', everySeconds: 15, run: () => reportUntoldRefusals(deps) },
      { name: 'report_unreported_refunds', everySeconds: 15, run: () => reportUnreportedRefunds(deps) },
      { name: 'catch_up_events', everySeconds: 60, run: createEventCatchUp(deps) },
      { name: 'check_card_payments', everySeconds: 3, run: () => checkCardPayments(deps) },
      { name: 'report_unreported_payments', everySeconds: 15, run: () => reportUnreportedPayments(deps) },
      { name: 'delete_unmatched_events', everySeconds: 600, run: () => deleteOldUnmatchedEvents(deps) },
      { name: 'delete_drained_limits', everySeconds: 600, run: () => deleteDrainedLimits(deps) },
      { name: 'delete_expired_keys', everySeconds: 3600, run: () => deleteExpiredKeys(deps.database) },
    ],
  })
}
