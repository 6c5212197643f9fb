import { type Minor, type paymentContract, toMajor, toMinor } from '@duka/contracts'
import { notFound } from '@duka/kit'

export interface PaymentRow {
  id: string
  order_id: string
  user_id: string
  order_number: string
  provider: paymentContract.Payment['provider']
  amount: string
  currency: string
  status: paymentContract.Payment['status']
  transaction_id: string | null
  external_reference: string | null
  merchant_request_id: string | null
  phone_number: string | null
  failure_code: string | null
  failure_message: string | null
  refunded_amount: string
  /** Counts the changes of that. */
  refund_revision: number
  /** On its way back, and therefore reserved. */
  refunding_amount: string
  /** When the order stood for being paid in cash. */
  confirmed_at: Date | null
  checks: number
  next_check_at: Date | null
  completed_at: Date | null
  reported_at: Date | null
  /** Of the order's request, or of the one that began to pay. */
  traceparent: string | null
  created_at: Date
  updated_at: Date
}

const columns: Record<keyof PaymentRow, true> = {
  id: true,
  order_id: true,
  user_id: true,
  order_number: true,
  provider: true,
  amount: true,
  currency: true,
  status: true,
  transaction_id: true,
  external_reference: true,
  merchant_request_id: true,
  phone_number: true,
  failure_code: true,
  failure_message: true,
  refunded_amount: true,
  refund_revision: true,
  refunding_amount: true,
  confirmed_at: true,
  checks: true,
  next_check_at: true,
  completed_at: true,
  reported_at: true,
  traceparent: true,
  created_at: true,
  updated_at: true,
}

/** Named one by one: only then connections may keep a statement prepared, while a newer version adds columns. */
export const paymentColumns = Object.keys(columns).join(', ')

/** What can still be given back, in minor units: neither gone nor on its way. */
export function leftOf({ amount, refunded_amount, refunding_amount }: PaymentRow): Minor {
  return toMinor(amount) - toMinor(refunded_amount) - toMinor(refunding_amount)
}

/** What a silent try is marked with: it may still be paid, so it is asked about and never called failed. */
export const unknownFailure = {
  code: 'unknown',
  message: 'We have not heard from M-Pesa yet and are checking. You will not be charged twice.',
}

/** The only way a row becomes JSON. */
export function toPayment(row: PaymentRow): paymentContract.Payment {
  return {
    id: row.id,
    orderId: row.order_id,
    userId: row.user_id,
    provider: row.provider,
    amount: toMajor(toMinor(row.amount)),
    currency: row.currency,
    status: row.status,
    transactionId: row.transaction_id,
    externalReference: row.external_reference,
    phoneNumber: row.phone_number,
    failureCode: row.failure_code,
    failureMessage: row.failure_message,
    refundedAmount: toMajor(toMinor(row.refunded_amount)),
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

/** The same for the shop's own people. */
export function toAdminPayment(row: PaymentRow): paymentContract.AdminPayment {
  return {
    ...toPayment(row),
    orderNumber: row.order_number,
    refundingAmount: toMajor(toMinor(row.refunding_amount)),
    completedAt: row.completed_at?.toISOString() ?? null,
    reportedAt: row.reported_at?.toISOString() ?? null,
  }
}

export function noSuchPayment() {
  return notFound('payment')
}
