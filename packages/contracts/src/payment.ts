import { z } from 'zod'
import { actor, idParams, messageAnswer, phoneNumber, text, timestamp, uuid } from './common'
import { endpoint } from './endpoint'
import { amount, currency, money } from './money'
import { paymentMethods } from './order'

const positiveMoney = money.refine((value) => value > 0, { message: 'must be more than 0' })

export const paymentStates = ['pending', 'completed', 'failed', 'refunded', 'partially_refunded'] as const

export const payment = z.object({
  id: uuid,
  orderId: uuid,
  userId: uuid,
  provider: z.enum(paymentMethods),
  amount,
  currency,
  status: z.enum(paymentStates),
  /** The provider's receipt, once it is known. */
  transactionId: z.string().nullable(),
  /** The provider's name for the try: a CheckoutRequestID or a PaymentIntent. */
  externalReference: z.string().nullable(),
  phoneNumber: z.string().nullable(),
  failureCode: z.string().nullable(),
  failureMessage: z.string().nullable(),
  refundedAmount: amount,
  createdAt: timestamp,
  updatedAt: timestamp,
})

export type Payment = z.infer<typeof payment>

export const refundStates = ['requested', 'sent', 'succeeded', 'failed'] as const

export const refund = z.object({
  id: uuid,
  paymentId: uuid,
  amount,
  /** `requested`: not with the provider yet. `sent`: the provider has it. `failed`: nothing went back. */
  status: z.enum(refundStates),
  reason: z.string(),
  /** Who asked for it; `system` where the shop did by itself. */
  actor,
  externalReference: z.string().nullable(),
  /** The provider's receipt, once the money went back. */
  transactionId: z.string().nullable(),
  failureCode: z.string().nullable(),
  failureMessage: z.string().nullable(),
  createdAt: timestamp,
  settledAt: timestamp.nullable(),
})

export type Refund = z.infer<typeof refund>

export const payByMpesa = endpoint({
  service: 'payment',
  method: 'POST',
  path: '/api/payments/mpesa',
  summary: "Ask for an order's total by a prompt on a phone",
  access: 'user',
  status: 201,
  idempotent: true,
  body: z.object({ orderId: uuid, phoneNumber, amount: money.optional() }),
  response: messageAnswer.extend({ payment, checkoutRequestId: z.string().nullable() }),
})

export const payByCash = endpoint({
  service: 'payment',
  method: 'POST',
  path: '/api/payments/cash-on-delivery',
  summary: 'Pay an order in cash when it is delivered: it is confirmed at once, and expires no more',
  access: 'user',
  status: 201,
  idempotent: true,
  body: z.object({ orderId: uuid, amount: money.optional() }),
  response: messageAnswer.extend({ payment }),
})

export const collectCash = endpoint({
  service: 'payment',
  method: 'POST',
  path: '/api/payments/:id/collect',
  summary: "Note that an order's cash was collected at the door: once, all of it, and by whom",
  access: { permission: 'payments:collect' },
  idempotent: true,
  params: idParams,
  body: z.object({ amount: positiveMoney, collector: text(100) }),
  response: z.object({ payment }),
})

export const refuseCash = endpoint({
  service: 'payment',
  method: 'POST',
  path: '/api/payments/:id/refuse',
  summary: 'Note that an order was refused at the door: it is cancelled, and its stock is back',
  access: { permission: 'payments:collect' },
  idempotent: true,
  params: idParams,
  body: z.object({ reason: text(300).default('Not taken') }).default({ reason: 'Not taken' }),
  response: z.object({ payment }),
})

export const readPayment = endpoint({
  service: 'payment',
  method: 'GET',
  path: '/api/payments/:id',
  summary: 'One payment',
  access: 'user',
  params: idParams,
  response: z.object({ payment }),
})

export const listOrderPayments = endpoint({
  service: 'payment',
  method: 'GET',
  path: '/api/payments/order/:orderId',
  summary: 'Every try to pay for an order, newest first',
  access: 'user',
  params: z.object({ orderId: uuid }),
  response: z.object({ payments: z.array(payment) }),
})

export const refundPayment = endpoint({
  service: 'payment',
  method: 'POST',
  path: '/api/payments/:id/refund',
  summary: 'Give money back: all that is left where no amount is named. It is followed until the provider has done it',
  access: { permission: 'payments:refund' },
  status: 202,
  idempotent: true,
  params: idParams,
  body: z.object({ amount: positiveMoney.optional(), reason: text(500) }),
  response: z.object({ payment, refund }),
})

const darajaAnswer = z.object({ ResultCode: z.literal(0), ResultDesc: z.literal('Accepted') })

/** Safaricom refuses callback addresses that contain "mpesa", so the path that it is given says only "m". */
export const receiveMpesaCallback = endpoint({
  service: 'payment',
  method: 'POST',
  path: '/api/webhook/m/:token',
  publicPaths: ['/api/webhook/m/:token', '/api/payments/webhook/m/:token'],
  summary: "An STK Push callback; the token in its path is that push's own secret",
  access: 'anyone',
  params: z.object({ token: z.string().min(1).max(200) }),
  response: darajaAnswer,
  rawBody: true,
})

export const receiveUnprovenMpesaCallback = endpoint({
  service: 'payment',
  method: 'POST',
  path: '/api/webhook/mpesa',
  publicPaths: ['/api/webhook/mpesa', '/api/payments/webhook/mpesa'],
  summary: 'A callback without a secret: kept, and at most a reason to ask Safaricom; never a proof of payment',
  access: 'anyone',
  response: darajaAnswer,
  rawBody: true,
})

export const closePayments = endpoint({
  service: 'payment',
  method: 'POST',
  path: '/api/internal/payments/close',
  summary: 'Stop taking money for an order, as far as that is possible, and say whether any came or may still come',
  access: { services: ['order'] },
  body: z.object({ orderId: uuid }),
  response: z.object({
    /** `closed`: no money came and none will be asked for. `paid`: it came. `pending`: a prompt may still be answered. */
    outcome: z.enum(['closed', 'paid', 'pending']),
  }),
})

export const refundOrder = endpoint({
  service: 'payment',
  method: 'POST',
  path: '/api/internal/payments/refund-order',
  summary: 'Give back all that came for an order and is not given back yet; the same again refunds nothing twice',
  access: { services: ['order'] },
  status: 202,
  body: z.object({ orderId: uuid, reason: text(500), actor }),
  response: z.object({
    /** `refunding`: money is on its way back, by this call or one before. */
    outcome: z.enum(['refunding', 'nothing_to_refund']),
  }),
})

export const collectOrderCash = endpoint({
  service: 'payment',
  method: 'POST',
  path: '/api/internal/payments/collect-cash',
  summary:
    "Note that a delivered order's cash was collected, where it was to be paid so; the same again answers the same",
  access: { services: ['order'] },
  body: z.object({ orderId: uuid, collector: text(100), actor }),
  response: z.object({
    /** `none`: the order is not paid in cash. */
    outcome: z.enum(['collected', 'none']),
    payment: payment.nullable(),
  }),
})
