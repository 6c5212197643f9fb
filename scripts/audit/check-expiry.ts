import { coverOfTry } from './covers'
import type { Complaint, Invariant } from './finding'
import { groupBy } from './in-batches'
import { type AuditedOrder, readAllOrders } from './read-orders'
import { readPaymentsOfOrders } from './read-payments'

// A prompt that may still be answered, and a failure that is asked about once more, are waited out; this is longer.
const patienceSeconds = 600

export const checkExpiry: Invariant = {
  name: 'expiry',
  rule: 'An order that nobody pays in time gives its stock back, once no money can come any more.',
  async *check({ order, payment }, count) {
    for await (const orders of readAllOrders(order)) {
      const waiting = orders.filter(({ status }) => status === 'pending')
      count(waiting.length)
      const overdue = waiting.filter(({ overdueSeconds }) => (overdueSeconds ?? 0) > patienceSeconds)
      if (overdue.length === 0) continue
      const payments = groupBy(await readPaymentsOfOrders(payment, idsOf(overdue)), ({ orderId }) => orderId)
      for (const each of overdue) {
        const covers = (payments.get(each.id) ?? []).flatMap((one) => coverOfTry(one) ?? [])
        yield complainAbout(each, covers[0])
      }
    }
  },
}

function idsOf(orders: AuditedOrder[]): string[] {
  return orders.map(({ id }) => id)
}

function complainAbout({ id, number, overdueSeconds }: AuditedOrder, cover: string | undefined): Complaint {
  const minutes = Math.round((overdueSeconds ?? 0) / 60)
  return { about: `order ${number}`, orderId: id, what: `waits for its money ${minutes} minutes too long`, cover }
}
