import { setTimeout as pause } from 'node:timers/promises'
import { createTestDatabase } from '@duka/testkit'
import { type Books, openBooks } from '../../scripts/audit/books'
import { checkCashOrders } from '../../scripts/audit/check-cash-orders'
import { checkClosings } from '../../scripts/audit/check-closings'
import { checkCompletedPayments } from '../../scripts/audit/check-completed-payments'
import { checkExpiry } from '../../scripts/audit/check-expiry'
import { checkMpesaBooks } from '../../scripts/audit/check-mpesa-books'
import { checkPaidOrders } from '../../scripts/audit/check-paid-orders'
import { checkRefunds } from '../../scripts/audit/check-refunds'
import { checkStripeBooks } from '../../scripts/audit/check-stripe-books'
import { type Complaint, isViolation } from '../../scripts/audit/finding'
import type { TwoServices } from './two-services'

const rules = [
  checkPaidOrders,
  checkCompletedPayments,
  checkCashOrders,
  checkClosings,
  checkRefunds,
  checkExpiry,
  checkMpesaBooks,
  checkStripeBooks,
]
const patienceMs = 60_000

/** Works what is left to do, and audits until all of it is done. Answers what is still wrong, with its story. */
export async function untilBooksAddUp(shop: TwoServices, stories: Map<string, string>): Promise<string[]> {
  await letTimePass(shop)
  const others = await Promise.all(['auth', 'product', 'cart'].map((name) => createTestDatabase(name)))
  const [auth, product, cart] = others.map(({ url }) => url) as [string, string, string]
  const books = await openBooks({ ...shop.urls, auth, product, cart }, shop.ledgers)
  const jobs = await shop.startJobs()
  try {
    return await auditUntilQuiet(books, stories)
  } finally {
    for (const each of jobs) await each.stop()
    await books.close()
    for (const each of others) await each.drop()
  }
}

/** Nobody answers a prompt any more, and everything that waits for its time is due. */
async function letTimePass(shop: TwoServices): Promise<void> {
  for (const { checkoutRequestId } of shop.safaricom.prompts()) shop.safaricom.cancel(checkoutRequestId)
  await Promise.all([shop.safaricom.idle(), shop.stripe.idle()])
  await shop.rows(
    'payment',
    `UPDATE payments SET created_at = created_at - interval '1 hour', completed_at = completed_at - interval '1 hour',
    next_check_at = CASE WHEN next_check_at IS NOT NULL THEN now() END`,
  )
  await shop.rows('order', `UPDATE orders SET next_expiry_check_at = now()`)
}

async function auditUntilQuiet(books: Books, stories: Map<string, string>): Promise<string[]> {
  const giveUpAt = Date.now() + patienceMs
  for (;;) {
    const complaints = await complain(books)
    const open = complaints.filter((each) => isViolation(each) || !each.cover?.startsWith('review'))
    if (open.length === 0 || Date.now() > giveUpAt) return open.map((each) => tell(each, stories))
    await pause(250)
  }
}

async function complain(books: Books): Promise<Complaint[]> {
  const complaints: Complaint[] = []
  for (const { check } of rules) for await (const each of check(books, () => {})) complaints.push(each)
  return complaints
}

function tell({ about, what, cover, orderId }: Complaint, stories: Map<string, string>): string {
  return `${stories.get(orderId ?? '') ?? about}: ${what}${cover ? ` (${cover})` : ''}`
}
