import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { orderContract, paymentContract } from '@duka/contracts'
import type { Books } from '../audit/books'
import { forEach } from '../bench/customers'
import { checkBaskets } from './check-baskets'
import type { AcknowledgedOrder, AcknowledgedPayment, Memory } from './memory'
import { sorted } from './place-order'

const atOnce = 8

/** Looks whether all that the shop said yes to is still so. Gives what is not, in words. */
export async function checkAcknowledged(memory: Memory, books: Books): Promise<string[]> {
  const problems = [...memory.broken]
  const look = (check: () => Promise<string | undefined>) =>
    check().then((problem) => problem && problems.push(problem))
  await forEach(memory.orders.values(), atOnce, async (order) => void (await look(() => checkOrder(memory, order))))
  await forEach(memory.payments.values(), atOnce, async (payment) => void (await look(() => checkPayment(payment))))
  return [
    ...problems,
    ...(await checkBaskets(memory, books)),
    ...(await checkRestocks(memory, books)),
    ...(await checkRefunds(memory, books)),
    ...(await checkCallbacks(memory, books)),
  ]
}

async function checkOrder(memory: Memory, { id, owner, totalAmount, lines }: AcknowledgedOrder) {
  const answer = await owner.ask<{ order: orderContract.Order }>('GET', `/api/orders/${id}`)
  if (answer?.status !== 200) return `order ${id} was answered 201, and reading it is answered ${answer?.status}`
  const { order } = answer.body
  if (order.totalAmount !== totalAmount) return `order ${id} cost ${totalAmount}, and costs ${order.totalAmount}`
  if (lines && !isDeepStrictEqual(sorted(lines), sorted(order.items))) return `order ${id} has other lines now`
  const isOpen = order.status === 'pending' || order.status === 'confirmed'
  return memory.cancelled.has(id) && isOpen ? `order ${id} was cancelled with 200, and is ${order.status}` : undefined
}

async function checkPayment({ id, owner, orderId }: AcknowledgedPayment) {
  const answer = await owner.ask<{ payment: paymentContract.Payment }>('GET', `/api/payments/${id}`)
  if (answer?.status !== 200) return `payment ${id} was answered 201, and reading it is answered ${answer?.status}`
  const of = answer.body.payment.orderId
  return of === orderId ? undefined : `payment ${id} was of order ${orderId}, and is of ${of}`
}

async function checkRestocks({ restocks }: Memory, { product }: Books): Promise<string[]> {
  const sql = 'SELECT reason, count(*)::int AS times FROM stock_movements WHERE reason = ANY ($1) GROUP BY 1'
  const rows = await product.rows<{ reason: string; times: number }>(sql, [[...restocks]])
  const times = new Map(rows.map((row) => [row.reason, row.times]))
  return [...restocks].flatMap((reason) => {
    const seen = times.get(reason) ?? 0
    return seen === 1 ? [] : [`the stock of "${reason}" was answered 200, and came ${seen} times`]
  })
}

async function checkRefunds({ refunds }: Memory, { payment }: Books): Promise<string[]> {
  const rows = await payment.rows<{ id: string }>('SELECT id FROM refunds WHERE id = ANY ($1)', [[...refunds]])
  const kept = new Set(rows.map(({ id }) => id))
  return [...refunds].flatMap((id) => (kept.has(id) ? [] : [`refund ${id} was answered 202, and does not exist`]))
}

async function checkCallbacks({ callbacks }: Memory, { payment }: Books): Promise<string[]> {
  const digests = callbacks.map(({ secret, body }) => sha256((secret && sha256(secret)) + body))
  const sql = 'SELECT digest FROM webhook_events WHERE digest = ANY ($1)'
  const kept = new Set((await payment.rows<{ digest: string }>(sql, [digests])).map(({ digest }) => digest))
  const lost = digests.filter((digest) => !kept.has(digest)).length
  return lost === 0 ? [] : [`${lost} of ${digests.length} callbacks that were answered 200 were not kept`]
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
