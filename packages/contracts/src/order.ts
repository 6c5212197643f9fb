import { z } from 'zod'
import {
  actor,
  idParams,
  maxLines,
  messageAnswer,
  moment,
  pageOf,
  pageQuery,
  quantity,
  timestamp,
  uuid,
} from './common'
import { endpoint } from './endpoint'
import { failedJobEndpoints } from './jobs'
import { amount, currency, money } from './money'
import { code, line, text } from './text'

export const orderStatuses = [
  'pending',
  'confirmed',
  'paid',
  'processing',
  'shipped',
  'delivered',
  'cancelled',
  'refunded',
] as const

export const paymentStatuses = ['pending', 'paid', 'failed', 'refunded', 'partially_refunded'] as const

export const paymentMethods = ['mpesa', 'stripe', 'cash_on_delivery'] as const

export const shippingAddress = z.object({
  street: text(200),
  city: line(100),
  country: line(100),
  postalCode: code(20).nullish(),
  county: line(100).nullish(),
  /** As it was typed: of any country, or of a landline. */
  phoneNumber: code(30).nullish(),
  recipient: line(100).nullish(),
})

export const orderItem = z.object({
  id: uuid,
  productId: uuid,
  productName: z.string(),
  price: amount,
  quantity: z.number().int(),
  subtotal: amount,
  imageUrl: z.string().nullable(),
})

export const order = z.object({
  id: uuid,
  orderNumber: z.string(),
  userId: uuid,
  status: z.enum(orderStatuses),
  paymentStatus: z.enum(paymentStatuses),
  paymentMethod: z.enum(paymentMethods).nullable(),
  items: z.array(orderItem),
  subtotal: amount,
  shippingAmount: amount,
  /** The tax that is included in the prices. */
  taxAmount: amount,
  roundingAmount: amount,
  totalAmount: amount,
  /** How much of the total was paid back so far. */
  refundedAmount: amount,
  currency,
  shippingAddress: z.looseObject({}),
  notes: z.string().nullable(),
  trackingNumber: z.string().nullable(),
  /** What the shop said with its last move. */
  statusNote: z.string().nullable(),
  expiresAt: timestamp.nullable(),
  createdAt: timestamp,
  updatedAt: timestamp,
})

export type Order = z.infer<typeof order>

const changed = messageAnswer.extend({ order })

export const placeOrder = endpoint({
  service: 'order',
  method: 'POST',
  path: '/api/orders',
  summary: "Order the given items, or the user's cart where none are given",
  access: 'user',
  status: 201,
  idempotent: true,
  body: z.object({
    items: z
      .array(z.object({ productId: uuid, quantity }))
      .min(1)
      .max(maxLines)
      .optional(),
    shippingAddress,
    paymentMethod: z.enum(paymentMethods).nullish(),
    notes: text(1000, 0).nullish(),
  }),
  response: changed,
})

export const listOrders = endpoint({
  service: 'order',
  method: 'GET',
  path: '/api/orders',
  summary: "The user's orders, newest first",
  access: 'user',
  query: z.object({ ...pageQuery, status: z.enum(orderStatuses).optional() }),
  response: pageOf('orders', order),
  mayLag: true,
})

export const readOrder = endpoint({
  service: 'order',
  method: 'GET',
  path: '/api/orders/:id',
  summary: 'One order',
  access: 'user',
  params: idParams,
  response: z.object({ order }),
})

export const historyEntry = z.object({
  from: z.string().nullable(),
  to: z.string(),
  /** What happened, in words for the customer. */
  reason: z.string(),
  /** Who did it: the customer, or the shop and what works for it. */
  by: z.enum(['customer', 'shop']),
  note: z.string().nullable(),
  trackingNumber: z.string().nullable(),
  at: timestamp,
})

export type HistoryEntry = z.infer<typeof historyEntry>

export const readOrderHistory = endpoint({
  service: 'order',
  method: 'GET',
  path: '/api/orders/:id/history',
  summary: 'What happened to an order, oldest first',
  access: 'user',
  params: idParams,
  response: z.object({
    /** The moves from one status to the next. */
    history: z.array(historyEntry),
    /** The same in plain words, with the tries to pay and what became of them. */
    timeline: z.array(
      historyEntry.pick({ by: true, note: true, trackingNumber: true, at: true }).extend({ text: z.string() }),
    ),
    /** False where payment did not answer: then nothing of it is in the timeline. */
    isComplete: z.boolean(),
  }),
})

export const cancelOrder = endpoint({
  service: 'order',
  method: 'PUT',
  path: '/api/orders/:id/cancel',
  summary: 'Cancel an order that is not shipped yet: its stock is back, and so is its money soon',
  access: 'user',
  params: idParams,
  body: z.object({ reason: text(500).nullish() }).default({}),
  response: changed,
})

/** An order as the shop sees it. */
export const adminOrder = order.extend({
  /** The payment that it is paid by. */
  paymentId: uuid.nullable(),
})

export type AdminOrder = z.infer<typeof adminOrder>

export const listAllOrders = endpoint({
  service: 'order',
  method: 'GET',
  path: '/api/admin/orders',
  summary:
    "Everybody's orders, newest first; `search` takes the beginning of an order number, a tracking number, or the id of an order, a user or a payment",
  access: { permission: 'orders:read' },
  query: z.object({
    ...pageQuery,
    status: z.enum(orderStatuses).optional(),
    paymentStatus: z.enum(paymentStatuses).optional(),
    search: line(100).optional(),
    from: moment.optional(),
    to: moment.optional(),
  }),
  response: pageOf('orders', adminOrder),
  mayLag: true,
})

export const readAnyOrder = endpoint({
  service: 'order',
  method: 'GET',
  path: '/api/admin/orders/:id',
  summary: "Anybody's order",
  access: { permission: 'orders:read' },
  params: idParams,
  response: z.object({ order: adminOrder }),
})

export const changeOrderStatus = endpoint({
  service: 'order',
  method: 'PATCH',
  path: '/api/admin/orders/:id/status',
  summary:
    'Take an order on: processing, shipped, delivered (which collects what is paid in cash), or cancelled (which gives back its stock and its money). 409 illegal_transition',
  access: { permission: 'orders:write' },
  params: idParams,
  body: z.object({
    status: z.enum(orderStatuses),
    /** For the customer; the reason, where the order is cancelled. */
    note: text(500).nullish(),
    trackingNumber: code(100).nullish(),
  }),
  response: z.object({ order: adminOrder }),
})

/** One thing that happened to an order, in whichever service it did. */
export const timelineEvent = z.object({
  at: timestamp,
  source: z.enum(['order', 'product', 'payment']),
  /** Such as `moved`, `stock_reserve`, `callback`. */
  kind: z.string(),
  text: z.string(),
  detail: z.record(z.string(), z.unknown()),
  actor: actor.nullable(),
  /** By which the logs of all services are found. */
  requestId: z.string().nullable(),
})

export type TimelineEvent = z.infer<typeof timelineEvent>

/** A step that is still to be done for an order. */
export const waitingJob = z.object({
  task: z.string(),
  nextTryAt: timestamp.nullable(),
  tries: z.number().int(),
  lastError: z.string().nullable(),
  /** It is tried again only when an admin replays it. */
  gaveUp: z.boolean(),
})

export type WaitingJob = z.infer<typeof waitingJob>

export const readOrderTimeline = endpoint({
  service: 'order',
  method: 'GET',
  path: '/api/admin/orders/:id/timeline',
  summary: 'Every hop of an order over all services, oldest first, and what is still to be done',
  access: { permission: 'orders:read' },
  params: idParams,
  response: z.object({
    order: adminOrder,
    events: z.array(timelineEvent),
    jobs: z.array(waitingJob),
    /** Services that did not answer: what they know is not among the events. */
    missing: z.array(z.enum(['product', 'payment'])),
  }),
})

const jobs = failedJobEndpoints('order')
export const listFailedOrderJobs = jobs.list
export const replayOrderJob = jobs.replay

/** What payment has to know of an order before it asks anybody for money. */
export const payableOrder = z.object({
  id: uuid,
  orderNumber: z.string(),
  userId: uuid,
  status: z.enum(orderStatuses),
  paymentStatus: z.enum(paymentStatuses),
  totalAmount: amount,
  currency,
  /** Of the request that placed it. */
  traceparent: z.string().nullish(),
})

export type PayableOrder = z.infer<typeof payableOrder>

export const readPayableOrder = endpoint({
  service: 'order',
  method: 'GET',
  path: '/api/internal/orders/:id',
  summary: 'An order as payment needs it',
  access: { services: ['payment'] },
  params: idParams,
  response: z.object({ order: payableOrder }),
})

/** What every report of a payment says; `amount` is that of the payment. */
const reportedPayment = {
  orderId: uuid,
  paymentId: uuid,
  provider: z.enum(paymentMethods),
  amount,
  currency,
}

export const updateOrderStatus = endpoint({
  service: 'order',
  method: 'POST',
  path: '/api/internal/update-status',
  summary:
    'Tell an order that the money of a payment has come, or how much of it went back so far; the same again answers the same',
  access: { services: ['payment'] },
  body: z.discriminatedUnion('status', [
    z.object({ ...reportedPayment, status: z.literal('paid') }),
    z
      .object({
        ...reportedPayment,
        /** `not_refunded`: all that went back did not arrive, and is with the shop again. */
        status: z.enum(['not_refunded', 'partially_refunded', 'refunded']),
        /** Of this payment, all in all. */
        refundedAmount: money,
        /** Counts the changes of that sum: reports may overtake each other. Without it the larger sum is the later one. */
        refundRevision: z.number().int().min(0).default(0),
      })
      .refine(({ refundedAmount, amount }) => refundedAmount <= amount, {
        path: ['refundedAmount'],
        message: 'must not be more than the amount',
      }),
  ]),
  response: z.object({
    /**
     * `applied`: the order stands paid by this payment, or has taken note of its refund. `refund_due`: the order cannot
     * take this money (it is paid by another payment, was cancelled and its stock is gone, or the sum is not its total).
     */
    outcome: z.enum(['applied', 'refund_due']),
    reason: z.string().nullable(),
  }),
})

export const confirmOrder = endpoint({
  service: 'order',
  method: 'POST',
  path: '/api/internal/orders/:id/confirm',
  summary:
    'Confirm an order that is paid in cash on delivery: it does not expire any more. The same again answers the same',
  access: { services: ['payment'] },
  params: idParams,
  body: z.object({ paymentId: uuid }),
  response: z.object({ outcome: z.enum(['confirmed', 'refused']), reason: z.string().nullable() }),
})

export const refuseCash = endpoint({
  service: 'order',
  method: 'POST',
  path: '/api/internal/orders/:id/cash-refused',
  summary:
    'Cancel an order that nobody took or paid for at the door; its stock is back. The same again answers the same',
  access: { services: ['payment'] },
  params: idParams,
  body: z.object({ paymentId: uuid, reason: text(500), actor }),
  response: z.object({
    /** `refused`: the order cannot be cancelled so, because it is paid, delivered or confirmed by another payment. */
    outcome: z.enum(['cancelled', 'refused']),
    reason: z.string().nullable(),
  }),
})
