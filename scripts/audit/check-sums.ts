import type { Invariant } from './finding'
import { type AuditedOrder, readAllOrders } from './read-orders'

export const checkSums: Invariant = {
  name: 'sums',
  rule: 'Line = price × quantity; total = lines + shipping + rounding; the tax is a part of it; KES totals are whole.',
  async *check({ order }, count) {
    for await (const orders of readAllOrders(order)) {
      count(orders.length)
      for (const each of orders) {
        for (const what of whatIsWrong(each)) yield { about: `order ${each.number}`, orderId: each.id, what }
      }
    }
  },
}

function* whatIsWrong({ lines, subtotal, shipping, rounding, tax, total, currency }: AuditedOrder): Generator<string> {
  if (lines.length === 0) yield 'has no lines'
  for (const line of lines) {
    if (line.subtotal !== line.price * line.quantity) {
      yield `has a line of ${line.quantity} × ${line.price} cents that costs ${line.subtotal}`
    }
  }
  const sum = lines.reduce((all, line) => all + line.subtotal, 0)
  if (subtotal !== sum) yield `has lines of ${sum} cents and a subtotal of ${subtotal}`
  if (total !== subtotal + shipping + rounding) {
    yield `costs ${total} cents, and its parts are ${subtotal} + ${shipping} + ${rounding}`
  }
  if (tax < 0 || tax > total) yield `has a tax of ${tax} cents in a total of ${total}`
  if (currency === 'KES' && total % 100 !== 0) yield `costs ${total} cents, which are no whole shillings`
  if (Math.abs(rounding) >= 100) yield `is rounded by ${rounding} cents`
}
