import { coverOfCash } from './covers'
import type { Complaint, Invariant } from './finding'
import { groupBy } from './in-batches'
import { type AuditedOrder, readAllOrders } from './read-orders'
import { type AuditedPayment, isCash, readPaymentsOfOrders } from './read-payments'

export const checkCashOrders: Invariant = {
  name: 'cash-orders',
  rule: 'An order that is to be paid in cash has a payment that waits to be collected, until it is; no other order has one.',
  async *check({ order, payment }, count) {
    for await (const orders of readAllOrders(order)) {
      const payments = groupBy(
        await readPaymentsOfOrders(
          payment,
          orders.map(({ id }) => id),
        ),
        ({ orderId }) => orderId,
      )
      count(orders.filter(({ cashPaymentId }) => cashPaymentId).length)
      for (const each of orders) yield* complainAbout(each, payments.get(each.id) ?? [])
    }
  },
}

function* complainAbout(order: AuditedOrder, payments: AuditedPayment[]): Generator<Complaint> {
  const wrong = isOwed(order) ? whyNobodyCollects(order, payments) : whySomebodyCollects(order, payments)
  if (!wrong) return
  yield { about: `order ${order.number}`, orderId: order.id, what: wrong, cover: coverFor(order, payments) }
}

const owing = ['confirmed', 'processing', 'shipped', 'delivered']

function isOwed({ status, paymentId, cashPaymentId }: AuditedOrder): boolean {
  return paymentId === null && cashPaymentId !== null && owing.includes(status)
}

function whyNobodyCollects({ status, cashPaymentId }: AuditedOrder, payments: AuditedPayment[]): string | undefined {
  const cash = payments.find(({ id }) => id === cashPaymentId)
  if (status === 'delivered') return 'was delivered, and its cash was never collected'
  if (!cash) return `is ${status} by a payment in cash that does not exist`
  if (cash.status === 'pending') return undefined
  return `is ${status} to be paid in cash, and its payment is ${cash.failureCode ?? cash.status}`
}

function whySomebodyCollects({ status }: AuditedOrder, payments: AuditedPayment[]): string | undefined {
  const isLive = payments.some((each) => isCash(each) && each.status === 'pending')
  return isLive ? `is ${status}, and a payment in cash waits to be collected` : undefined
}

/** A job will tell the other side, or a person looks for the money, or knows that it is lost. */
function coverFor(order: AuditedOrder, payments: AuditedPayment[]): string | undefined {
  if (order.jobs.length > 0) return `job ${order.jobs.join(', ')}`
  return payments.map(coverOfCash).find((cover) => cover)
}
