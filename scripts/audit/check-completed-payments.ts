import { coverOfDebt } from './covers'
import type { Complaint, Invariant } from './finding'
import { byId } from './in-batches'
import { type AuditedOrder, readOrders } from './read-orders'
import { type AuditedPayment, namePayment, readAllPayments } from './read-payments'

export const checkCompletedPayments: Invariant = {
  name: 'completed-payments',
  rule: "Every payment asks for its order's total; money that came has paid its order, or has gone back.",
  async *check({ payment, order }, count) {
    for await (const payments of readAllPayments(payment)) {
      count(payments.length)
      const orders = byId(await readOrders(order, [...new Set(payments.map(({ orderId }) => orderId))]))
      for (const each of payments) yield* complainAbout(each, orders.get(each.orderId))
    }
  },
}

function* complainAbout(payment: AuditedPayment, order: AuditedOrder | undefined): Generator<Complaint> {
  const subject = { about: namePayment(payment), orderId: payment.orderId }
  if (!order) return yield { ...subject, what: 'belongs to an order that does not exist' }
  if (!payment.isMatched && (payment.amount !== order.total || payment.currency !== order.currency)) {
    const [asked, total] = [`${payment.currency} ${payment.amount}`, `${order.currency} ${order.total}`]
    return yield { ...subject, what: `asks for ${asked} (in cents), and the order costs ${total}` }
  }
  if (!payment.isCompleted || order.paymentId === payment.id || payment.refunded === payment.amount) return
  const what = `has come, and the order is ${order.status} by ${order.paymentId ?? 'no payment'}`
  yield { ...subject, what, cover: coverOfDebt(payment) }
}
