import { checkCallbacks } from './check-callbacks'
import { checkCarts } from './check-carts'
import { checkCompletedPayments } from './check-completed-payments'
import { checkExpiry } from './check-expiry'
import { checkMpesaBooks } from './check-mpesa-books'
import { checkOnce } from './check-once'
import { checkOrphans } from './check-orphans'
import { checkPaidOrders } from './check-paid-orders'
import { checkRefunds } from './check-refunds'
import { checkReservations } from './check-reservations'
import { checkStock } from './check-stock'
import { checkStripeBooks } from './check-stripe-books'
import { checkSums } from './check-sums'
import type { Invariant } from './finding'

/** All that an audit checks. Another rule is a file and a line here. */
export const invariants: readonly Invariant[] = [
  checkStock,
  checkReservations,
  checkOrphans,
  checkExpiry,
  checkSums,
  checkPaidOrders,
  checkCompletedPayments,
  checkRefunds,
  checkOnce,
  checkCarts,
  checkCallbacks,
  checkMpesaBooks,
  checkStripeBooks,
]
