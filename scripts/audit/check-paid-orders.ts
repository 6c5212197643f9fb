import { coverOfDebt } from './covers'
import type { Complaint, Invariant } from './finding'
import { byId } from './in-batches'
import { type AuditedOrder, readAllOrders } from './read-orders'
import { type AuditedPayment, readPayments } from './read-payments'

const fulfilled = ['processing', 'shipped', 'delivered']

export const checkPaidOrders: Invariant = {
  name: 'paid-orders',
  rule: 'Every order that counts as paid has one completed payment of exactly its total and currency.',
  async *check({ order, payment }, count) {
    for await (const orders of readAllOrders(order)) {
      const paid = orders.filter(({ paymentId }) => paymentId)
      count(paid.length)
      const payments = byId(
        await readPayments(
          payment,
          paid.flatMap(({ paymentId }) => paymentId ?? []),
        ),
      )
      for (const each of orders) yield* complainAbout(each, payments.get(each.paymentId ?? ''))
    }
  },
}

function* complainAbout(order: AuditedOrder, payment: AuditedPayment | undefined): Generator<Complaint> {
  const wrong = whatIsWrong(order, payment)
  if (!wrong) return
  const what = `is ${order.status}, ${order.paymentStatus}: ${wrong}`
  yield { about: `order ${order.number}`, orderId: order.id, what, cover: coverFor(order, payment) }
}

function coverFor(order: AuditedOrder, payment: AuditedPayment | undefined): string | undefined {
  if (isLie(order, payment)) return undefined
  const jobs = [...(payment?.jobs ?? []), ...order.jobs]
  if (jobs.length > 0) return `job ${jobs.join(', ')}`
  // A person decides about money that is to go back, and never about what an order has yet to be told.
  return payment?.isCompleted && !isUntold(order, payment) ? coverOfDebt(payment) : undefined
}

/** What no job and no person is about to mend. */
function isLie(order: AuditedOrder, payment: AuditedPayment | undefined): boolean {
  if (!payment) return order.paymentId !== null
  return payment.orderId !== order.id || payment.amount !== order.total || payment.currency !== order.currency
}

function whatIsWrong(order: AuditedOrder, payment: AuditedPayment | undefined): string | undefined {
  if (!order.paymentId) return unpaidProblem(order)
  if (!payment) return `its payment ${order.paymentId} does not exist`
  if (payment.orderId !== order.id) return `its payment ${payment.id} is another order's`
  if (payment.amount !== order.total || payment.currency !== order.currency) {
    return `it costs ${order.currency} ${order.total} and was paid ${payment.currency} ${payment.amount} (in cents)`
  }
  if (!payment.isCompleted) return `its payment ${payment.id} is ${payment.status}`
  return refundProblem(order, payment)
}

/** Whether the cash of an order that is to be paid so comes, another rule looks at. */
function unpaidProblem({ status, paymentStatus, paymentMethod, cashPaymentId }: AuditedOrder): string | undefined {
  const isCash = paymentMethod === 'cash_on_delivery' && cashPaymentId !== null
  if (['paid', 'refunded', 'partially_refunded'].includes(paymentStatus)) return 'no payment is its own'
  if (status === 'paid' || status === 'refunded') return 'no payment is its own'
  if (status === 'confirmed' && !isCash) return 'nobody chose to pay it in cash'
  return fulfilled.includes(status) && !isCash ? 'nobody paid it' : undefined
}

function expectedOf({ amount, refunded }: AuditedPayment): string {
  if (refunded === 0) return 'paid'
  return refunded === amount ? 'refunded' : 'partially_refunded'
}

function isUntold({ paymentStatus }: AuditedOrder, payment: AuditedPayment): boolean {
  return payment.isCompleted && paymentStatus !== expectedOf(payment)
}

function refundProblem({ status, paymentStatus }: AuditedOrder, payment: AuditedPayment) {
  const { amount, refunded } = payment
  const expected = expectedOf(payment)
  if (paymentStatus !== expected) return `its payment is ${expected} (${refunded} of ${amount} cents went back)`
  // What was cancelled after it was paid gives the money back.
  const owesIt = status === 'cancelled' || status === 'refunded'
  return owesIt && paymentStatus !== 'refunded' ? 'its money was not given back' : undefined
}
