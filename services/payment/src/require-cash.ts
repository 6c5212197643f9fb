import { Problem } from '@duka/kit'
import type { PaymentRow } from './payment'

/** Throws a 409 Problem where a payment is not one that is made at the door. */
export function requireCash(payment: PaymentRow): PaymentRow {
  if (payment.provider === 'cash_on_delivery') return payment
  throw new Problem(409, 'not_cash', `This payment is by ${payment.provider}; nothing is paid at the door.`)
}
