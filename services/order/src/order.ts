import { randomInt } from 'node:crypto'
import { type orderContract, toMajor, toMinor } from '@duka/contracts'
import { notFound } from '@duka/kit'

/** `placing` and `rejected` are never shown: an order exists for its customer once its stock is held. */
export type OrderStatus = 'placing' | 'rejected' | orderContract.Order['status']

/**
 * The state machine: from each status, where it may go. Only late money takes an order from cancelled to paid, and only
 * a refund that did not arrive opens what it had ended.
 */
export const transitions: Record<OrderStatus, readonly OrderStatus[]> = {
  placing: ['pending', 'rejected'],
  rejected: [],
  pending: ['confirmed', 'paid', 'cancelled'],
  confirmed: ['paid', 'processing', 'cancelled'],
  paid: ['processing', 'cancelled', 'refunded'],
  processing: ['shipped', 'cancelled', 'refunded'],
  shipped: ['delivered', 'cancelled', 'refunded'],
  delivered: ['refunded'],
  cancelled: ['paid'],
  refunded: ['shipped', 'delivered', 'cancelled'],
}

/** What has not left the shop can be cancelled, by its customer and by the shop. */
export const cancellable: readonly OrderStatus[] = ['pending', 'confirmed', 'paid', 'processing']

/** The statuses from which an order may get to `to`. */
export function sourcesOf(to: OrderStatus): OrderStatus[] {
  return (Object.keys(transitions) as OrderStatus[]).filter((from) => transitions[from].includes(to))
}

/** The statuses from which a person may take an order to `to`: what is refunded only payment's reports open again. */
export function stepsTo(to: OrderStatus): OrderStatus[] {
  return sourcesOf(to).filter((from) => from !== 'refunded')
}

export interface OrderRow {
  id: string
  user_id: string
  order_number: string
  status: OrderStatus
  payment_status: orderContract.Order['paymentStatus']
  payment_method: orderContract.Order['paymentMethod']
  /** The payment that it is paid by. */
  payment_id: string | null
  /** The payment in cash that confirmed it. */
  cash_payment_id: string | null
  refuses_money: boolean
  refunded_amount: string
  subtotal: string
  shipping_amount: string
  tax_amount: string
  rounding_amount: string
  total_amount: string
  currency: string
  shipping_address: Record<string, unknown>
  notes: string | null
  tracking_number: string | null
  status_note: string | null
  attempt: number
  cart_id: string | null
  cart_version: number | null
  expires_at: Date | null
  /** Of the request that placed it; none where it is older than that. */
  traceparent: string | null
  created_at: Date
  updated_at: Date
}

const columns: Record<keyof OrderRow, true> = {
  id: true,
  user_id: true,
  order_number: true,
  status: true,
  payment_status: true,
  payment_method: true,
  payment_id: true,
  cash_payment_id: true,
  refuses_money: true,
  refunded_amount: true,
  subtotal: true,
  shipping_amount: true,
  tax_amount: true,
  rounding_amount: true,
  total_amount: true,
  currency: true,
  shipping_address: true,
  notes: true,
  tracking_number: true,
  status_note: true,
  attempt: true,
  cart_id: true,
  cart_version: true,
  expires_at: true,
  traceparent: true,
  created_at: true,
  updated_at: true,
}

/** Named one by one: only then connections may keep a statement prepared, while a newer version adds columns. */
export const orderColumns = Object.keys(columns).join(', ')

export interface OrderItemRow {
  id: string
  order_id: string
  product_id: string
  product_name: string
  price: string
  quantity: number
  subtotal: string
  image_url: string | null
}

export interface OrderWithItems extends OrderRow {
  items: OrderItemRow[]
}

/** The only way rows become JSON. */
export function toOrder(row: OrderWithItems): orderContract.Order {
  return {
    id: row.id,
    orderNumber: row.order_number,
    userId: row.user_id,
    status: row.status as orderContract.Order['status'],
    paymentStatus: row.payment_status,
    paymentMethod: row.payment_method,
    items: row.items.map(toOrderItem),
    subtotal: toMajor(toMinor(row.subtotal)),
    shippingAmount: toMajor(toMinor(row.shipping_amount)),
    taxAmount: toMajor(toMinor(row.tax_amount)),
    roundingAmount: toMajor(signedMinor(row.rounding_amount)),
    totalAmount: toMajor(toMinor(row.total_amount)),
    refundedAmount: toMajor(toMinor(row.refunded_amount)),
    currency: row.currency,
    shippingAddress: row.shipping_address,
    notes: row.notes,
    trackingNumber: row.tracking_number,
    statusNote: row.status_note,
    expiresAt: row.status === 'pending' ? (row.expires_at?.toISOString() ?? null) : null,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

/** An order as the shop sees it. */
export function toAdminOrder(row: OrderWithItems): orderContract.AdminOrder {
  return { ...toOrder(row), paymentId: row.payment_id }
}

function signedMinor(text: string): number {
  return text.startsWith('-') ? -toMinor(text.slice(1)) : toMinor(text)
}

function toOrderItem(row: OrderItemRow): orderContract.Order['items'][number] {
  return {
    id: row.id,
    productId: row.product_id,
    productName: row.product_name,
    price: toMajor(toMinor(row.price)),
    quantity: row.quantity,
    subtotal: toMajor(toMinor(row.subtotal)),
    imageUrl: row.image_url,
  }
}

export function noSuchOrder() {
  return notFound('order')
}

/** Without 0, O, 1, I and L, which are misheard and misread. */
const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'

/** A number to read out over the phone. It is random, so it does not tell how many orders there are. */
export function newOrderNumber(): string {
  const part = () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('')
  return `DK-${part()}-${part()}`
}
