import { type Finding, isViolation } from '../finding'
import { readLedger } from '../read-ledger'
import { readTimeline } from '../read-timeline'
import { reportViolations } from '../report-violations'
import type { Result } from '../run-audit'
import { breaks } from './breaks'
import { closePayments, payInCash } from './cash-breaks'
import {
  addEarlierOrder,
  addPurchase,
  createSmallShop,
  darajaEntry,
  type Purchase,
  type SmallShop,
  stripeEntry,
} from './small-shop'

let shop: SmallShop
let sound: Result[]
let broken: Result[]
let control: Purchase
let strays: Purchase[]
const purchases = new Map<string, Purchase>()

// Every break has an order and a product of its own, so one audit tells of all of them.
beforeAll(async () => {
  shop = await createSmallShop()
  control = await addPurchase(shop, 'paid')
  // It was taken out before the cart had the same once more.
  await addEarlierOrder(shop, control, 1)
  await closePayments(shop, await addPurchase(shop, 'cancelled'))
  await payInCash(shop, await addPurchase(shop, 'pending'), { order: 'confirmed', status: 'pending' })
  for (const { what, state = 'paid', provider } of breaks) purchases.set(what, await addPurchase(shop, state, provider))
  sound = await shop.audit()
  for (const { what, make } of breaks) await make(shop, purchases.get(what)!)
  strays = [await takeAndReturn('pending', 'mpesa'), await takeAndReturn('pending', 'stripe')]
  broken = await shop.audit()
})
afterAll(() => shop.remove())

/** Money that no payment has, and that a person took back at its provider. */
async function takeAndReturn(state: 'pending', provider: string): Promise<Purchase> {
  const purchase = await addPurchase(shop, state, provider)
  const { receipt } = purchase
  if (provider === 'stripe') shop.ledgers.stripe.push(stripeEntry(purchase), stripeEntry(purchase, 'refund'))
  else
    shop.ledgers.daraja.push(darajaEntry(purchase), {
      kind: 'reversal',
      receipt: `back-${receipt}`,
      amount: 2400,
      originalReceipt: receipt,
    })
  return purchase
}

const names = ({ id, number, sku, paymentId, receipt, reference }: Purchase) => [
  id,
  number,
  sku,
  paymentId,
  receipt,
  reference,
]

function about(purchase: Purchase, results: Result[]): Finding[] {
  const isAbout = ({ about, orderId }: Finding) =>
    orderId === purchase.id || names(purchase).some((name) => about.split(/[\s()]+/).includes(name))
  return results.flatMap(({ findings }) => findings.filter(isAbout))
}

test('books that add up have nothing to say against them', () => {
  expect(sound.flatMap(({ findings }) => findings)).toEqual([])
  for (const { name, checked } of sound)
    if (!['callbacks', 'refunds'].includes(name)) expect([name, checked]).not.toEqual([name, 0])
})

test.each(breaks)('finds that $what', ({ what, invariant, says, cover }) => {
  const findings = about(purchases.get(what)!, broken).filter((each) => each.invariant === invariant)
  expect(findings).toContainEqual(expect.objectContaining({ what: expect.stringMatching(says) }))
  const found = findings.find((each) => says.test(each.what))!
  expect(found.cover).toBe(cover)
  expect(isViolation(found)).toBe(cover === undefined)
})

test('says nothing against what is sound beside what is broken', () => {
  expect(about(control, broken)).toEqual([])
})

test('says nothing against money that came for nothing and went back past the shop', () => {
  for (const purchase of strays) expect(about(purchase, broken)).toEqual([])
})

test('tells the whole story of an order that is wrong', async () => {
  const { id, paymentId } = purchases.get('an order took money twice')!
  const books = await shop.openBooks()
  const timeline = await readTimeline(books, id)
  expect(timeline.join('\n')).toMatch(/pending by test[\s\S]*paid by test/)
  expect(timeline.join('\n')).toContain(`mpesa payment ${paymentId} of 2400.00 asked for`)
  expect(timeline.join('\n')).toMatch(/commit of attempt 1: 0 available, -2 held, 2 sold/)
  const report = await reportViolations(
    books,
    broken.filter(({ name }) => name === 'once'),
  )
  expect(report.join('\n')).toMatch(/VIOLATION of once: order DK-TEST-\d+ took money 2 times\n {4}[\d:.]+ {2}/)
  await books.close()
})

test('names what Stripe told by its type, whatever types are inside it', async () => {
  const { id, paymentId } = control
  const body = '{"id":"evt_1","data":{"object":{"id":"pi_\\ud800","type":"card"}},"type":"payment_intent.succeeded"}'
  await shop.run(
    'payment',
    `INSERT INTO webhook_events (id, provider, digest, body, payment_id, outcome)
     VALUES (gen_random_uuid(), 'stripe', 'stripe:evt_1', $1, $2, 'ignored')`,
    [body, paymentId],
  )
  const books = await shop.openBooks()
  expect((await readTimeline(books, id)).join('\n')).toMatch(/ {2}stripe payment_intent.succeeded ignored$/m)
  await books.close()
})

test('a ledger that nobody answers for says how to name the simulator', async () => {
  const url = 'http://127.0.0.1:1'
  await expect(readLedger(url)).rejects.toThrow(/no simulator answers at .*--daraja or --stripe/)
})

test('cannot change anything', async () => {
  const books = await shop.openBooks()
  await expect(books.order.rows('DELETE FROM order_history')).rejects.toThrow(/read-only transaction/)
  await books.close()
})
