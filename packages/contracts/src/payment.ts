import { z } from 'zod'
import { actor, idParams, messageAnswer, moment, pageOf, pageQuery, timestamp, uuid } from './common'
import { endpoint } from './endpoint'
import { failedJobEndpoints } from './jobs'
import { amount, currency, money } from './money'
import { paymentMethods } from './order'
import { line, phoneNumber, text, token } from './text'

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
  body: z.object({ amount: positiveMoney, collector: line(100) }),
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

export const payByStripe = endpoint({
  service: 'payment',
  method: 'POST',
  path: '/api/payments/stripe',
  summary: "Begin to pay an order's total by card; the page goes on with Stripe.js, the secret and the publishable key",
  access: 'user',
  status: 201,
  idempotent: true,
  secretAnswer: true,
  body: z.object({ orderId: uuid, amount: money.optional() }),
  response: messageAnswer.extend({ payment, clientSecret: z.string(), publishableKey: z.string() }),
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
  body: z.object({
    amount: positiveMoney.optional(),
    reason: text(500),
    /**
     * It went back past the shop, by a reversal in Safaricom's portal or by hand: nothing is sent, it is only written
     * down. Not for cards, as Stripe tells by itself what is given back in its dashboard.
     */
    alreadyGivenBack: z.boolean().optional(),
  }),
  response: z.object({ payment, refund }),
})

/** What the shop sees of a payment beside what its customer does. */
export const adminPayment = payment.extend({
  orderNumber: z.string(),
  /** On its way back. */
  refundingAmount: amount,
  completedAt: timestamp.nullable(),
  /** When the order took note of the money. */
  reportedAt: timestamp.nullable(),
})

export type AdminPayment = z.infer<typeof adminPayment>

export const eventOutcomes = ['applied', 'ignored', 'unmatched', 'unreadable', 'review'] as const

/** What a provider sent, as it came. */
export const webhookEvent = z.object({
  id: uuid,
  provider: z.string(),
  paymentId: uuid.nullable(),
  /** null while it waits to be applied. */
  outcome: z.enum(eventOutcomes).nullable(),
  body: z.string(),
  receivedAt: timestamp,
  appliedAt: timestamp.nullable(),
})

export type WebhookEvent = z.infer<typeof webhookEvent>

/**
 * What a person can do about a review. `match`: the money that an event tells of is this order's. `refund`: it goes
 * back. `accept`: it is as the provider says, or went back in another way, so the payment, or the refund, counts as done.
 * `write_off`: nothing more is done; what was still open counts as failed.
 */
export const reviewDecisions = ['match', 'refund', 'accept', 'write_off'] as const

export type ReviewDecision = (typeof reviewDecisions)[number]

export const review = z.object({
  id: uuid,
  kind: z.string(),
  /** Why somebody has to look at it. */
  reason: z.string(),
  payment: adminPayment.nullable(),
  event: webhookEvent.nullable(),
  refundId: uuid.nullable(),
  /** What can be done about it now; nothing once it is decided. */
  decisions: z.array(z.enum(reviewDecisions)),
  createdAt: timestamp,
  resolvedAt: timestamp.nullable(),
  decision: z.enum(reviewDecisions).nullable(),
  note: z.string().nullable(),
  decidedBy: actor.nullable(),
})

export type Review = z.infer<typeof review>

/** What a customer's bank takes back, until it has decided. */
export const dispute = z.object({
  /** The provider's id. */
  id: z.string(),
  amount,
  currency,
  reason: z.string(),
  /** In the provider's words, such as `needs_response`, `won` or `lost`. */
  status: z.string(),
  answerBy: timestamp.nullable(),
  createdAt: timestamp,
  closedAt: timestamp.nullable(),
})

export type Dispute = z.infer<typeof dispute>

export const listAllPayments = endpoint({
  service: 'payment',
  method: 'GET',
  path: '/api/admin/payments',
  summary:
    "Everybody's payments, newest first; `search` takes an order number, a receipt, a provider's reference, a phone number, or the id of a payment, an order or a user",
  access: { permission: 'payments:read' },
  query: z.object({
    ...pageQuery,
    status: z.enum(paymentStates).optional(),
    provider: z.enum(paymentMethods).optional(),
    search: line(100).optional(),
    from: moment.optional(),
    to: moment.optional(),
  }),
  response: pageOf('payments', adminPayment),
  mayLag: true,
})

export const readAnyPayment = endpoint({
  service: 'payment',
  method: 'GET',
  path: '/api/admin/payments/:id',
  summary: "Anybody's payment, with its refunds, disputes and reviews, and what the provider sent about it",
  access: { permission: 'payments:read' },
  params: idParams,
  response: z.object({
    payment: adminPayment,
    refunds: z.array(refund),
    disputes: z.array(dispute),
    reviews: z.array(review),
    events: z.array(webhookEvent),
  }),
})

export const listReviews = endpoint({
  service: 'payment',
  method: 'GET',
  path: '/api/admin/payments/review',
  summary: 'What needs a person, oldest first, or with `state=resolved` what was decided, newest first',
  access: { permission: 'payments:read' },
  query: z.object({ ...pageQuery, state: z.enum(['open', 'resolved']).default('open'), kind: line(50).optional() }),
  response: pageOf('reviews', review),
  mayLag: true,
})

export const decideReview = endpoint({
  service: 'payment',
  method: 'POST',
  path: '/api/admin/payments/review/:id',
  summary: 'Decide about what needs a person; who decided and why is kept',
  access: { permission: 'payments:review' },
  idempotent: true,
  params: idParams,
  body: z.object({
    decision: z.enum(reviewDecisions),
    note: text(500),
    /** The order that the money is for, with `match`. */
    orderId: uuid.nullish(),
  }),
  response: z.object({ review }),
})

export const listEvents = endpoint({
  service: 'payment',
  method: 'GET',
  path: '/api/admin/payments/events',
  summary: 'What providers sent, as it came, newest first; `waiting` is what is not applied yet',
  access: { permission: 'payments:read' },
  query: z.object({ ...pageQuery, outcome: z.enum([...eventOutcomes, 'waiting']).optional() }),
  response: pageOf('events', webhookEvent),
  mayLag: true,
})

export const replayEvent = endpoint({
  service: 'payment',
  method: 'POST',
  path: '/api/admin/payments/events/:id/replay',
  summary: 'Apply once more what a provider sent; what it did already is not done twice',
  access: { permission: 'payments:review' },
  params: idParams,
  response: z.object({ event: webhookEvent }),
})

const jobs = failedJobEndpoints('payment')
export const listFailedPaymentJobs = jobs.list
export const replayPaymentJob = jobs.replay

const darajaAnswer = z.object({ ResultCode: z.literal(0), ResultDesc: z.literal('Accepted') })

/** Safaricom refuses callback addresses that contain "mpesa", so the path that it is given says only "m". */
export const receiveMpesaCallback = endpoint({
  service: 'payment',
  method: 'POST',
  path: '/api/webhook/m/:token',
  publicPaths: ['/api/webhook/m/:token', '/api/payments/webhook/m/:token'],
  summary: "An STK Push callback; the token in its path is that push's own secret",
  access: 'anyone',
  params: z.object({ token: token(200) }),
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

export const receiveStripeEvent = endpoint({
  service: 'payment',
  method: 'POST',
  path: '/api/webhook/stripe',
  publicPaths: ['/api/webhook/stripe', '/api/payments/webhook/stripe'],
  summary: 'An event of Stripe, proven by the signature over its bytes in the Stripe-Signature header',
  access: 'anyone',
  response: z.object({ received: z.literal(true) }),
  rawBody: true,
})

/**
 * For which move of the order its payments are closed. `expire` and `cancel` may still lose against another move, so they
 * end nothing that the order needs where they do; `cancelled` has happened, and ends everything. An older order service
 * names none: then nothing is ended that could be needed.
 */
const closingMoves = ['expire', 'cancel', 'cancelled'] as const

export const closePayments = endpoint({
  service: 'payment',
  method: 'POST',
  path: '/api/internal/payments/close',
  summary: 'Stop taking money for an order, as far as its move allows that, and say whether any came or may still come',
  access: { services: ['order'] },
  body: z.object({ orderId: uuid, move: z.enum(closingMoves).default('expire') }),
  response: z.object({
    /**
     * `closed`: no money came and none will be asked for. `paid`: it came. `pending`: a prompt may still be answered, or
     * the order is to be paid in cash.
     */
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
  body: z.object({ orderId: uuid, collector: line(100), actor }),
  response: z.object({
    /** `none`: the order is not paid in cash. */
    outcome: z.enum(['collected', 'none']),
    payment: payment.nullable(),
  }),
})

export const timelineEvent = z.object({
  at: timestamp,
  /** Such as `payment_started`, `callback`, `refund_requested`. */
  kind: z.string(),
  text: z.string(),
  detail: z.record(z.string(), z.unknown()),
  actor: actor.nullable(),
  requestId: z.string().nullable(),
})

export type TimelineEvent = z.infer<typeof timelineEvent>

export const readOrderTimeline = endpoint({
  service: 'payment',
  method: 'GET',
  path: '/api/internal/payments/order/:orderId/timeline',
  summary: 'All that happened to the money of an order, oldest first',
  access: { services: ['order'] },
  params: z.object({ orderId: uuid }),
  response: z.object({ events: z.array(timelineEvent) }),
})
