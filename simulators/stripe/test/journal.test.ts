import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStripeSimulator } from '../src'
import { createState, toStore } from '../src/state'
import { account, order, startReceiver, startSimulator } from './support'

let folder: string
let journal: string
let shop: Awaited<ReturnType<typeof startReceiver>>
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stripe-journal-'))
  journal = join(folder, 'journal.jsonl')
  shop = await startReceiver()
})
afterEach(() => rmSync(folder, { recursive: true }))

const start = (more = {}) => startSimulator({ journal, webhookUrl: shop.url, ...more })

test('intents, money, events and keys survive a restart', async () => {
  const before = await start()
  const create = (sim: typeof before) =>
    sim.stripe.paymentIntents.create(
      { ...order, confirm: true, payment_method: 'pm_card_visa' },
      { idempotencyKey: 'k1' },
    )
  const paid = await create(before)
  await before.stripe.refunds.create({ payment_intent: paid.id, amount: 3450 })
  await shop.received(5)
  await before.control.idle()
  const [ledger, payments, events] = [before.control.ledger(), before.control.payments(), before.control.events()]
  await before.close()

  const after = await start()
  expect(after.control.ledger()).toEqual(ledger)
  expect(after.control.payments()).toEqual(payments)
  expect(after.control.events()).toEqual(events)
  expect((await create(after)).id).toBe(paid.id)
  const next = await after.stripe.paymentIntents.create(order)
  expect(payments.map(({ id }) => id)).not.toContain(next.id)
  expect(readFileSync(journal, 'utf8')).not.toMatch(/sk_test|whsec_/)
})

test('what was due or not yet told when the process died happens after the restart', async () => {
  const before = await start({ switches: { late: { rate: 1, ms: 60_000 }, auto: { answer: 'pay' } } })
  const { id } = await before.stripe.paymentIntents.create(order)
  await before.close()
  expect(shop.callbacks).toEqual([])

  const after = await start()
  await shop.received(1)
  after.clock.advance(1000)
  await shop.received(3)
  expect(after.control.payment(id).status).toBe('succeeded')
})

test('half a last line is dropped; a line that is no change is refused with its number', async () => {
  const before = await start()
  await before.stripe.paymentIntents.create(order)
  await before.close()
  appendFileSync(journal, '{"objects":[{"obj')
  const after = await start()
  expect(after.control.payments()).toHaveLength(1)
  await after.stripe.paymentIntents.create(order)
  await after.close()
  for (const line of readFileSync(journal, 'utf8').trim().split('\n')) JSON.parse(line)
  for (const line of ['nonsense\n', '{"objects":[{"object":"riddle"}]}\n']) {
    writeFileSync(journal, line)
    const open = () => createStripeSimulator({ ...account, webhookUrl: shop.url, journal })
    expect(open).toThrow(/^Line 1 of the journal .* remove the file/)
  }
})

test('a reset forgets everything, also in the journal, but never repeats an id', async () => {
  const before = await start()
  const { id } = await before.stripe.paymentIntents.create(order)
  before.control.changeSwitches({ lost: { rate: 1 } })
  before.control.reset()
  expect(before.control.payments()).toEqual([])
  expect(before.control.switches().lost.rate).toBe(0)
  await before.close()
  const after = await start()
  expect(after.control.payments()).toEqual([])
  expect((await after.stripe.paymentIntents.create(order)).id).not.toBe(id)
})

test('the oldest are forgotten past the limits, their money and what is still to come are not', async () => {
  const limits = { objects: 3, events: 4, ledger: 2, keys: 2 }
  const before = await start({ limits })
  before.control.script(['pm_card_visa'])
  const { id } = await before.stripe.paymentIntents.create(order)
  for (const count of [4, 7, 10]) {
    await before.stripe.paymentIntents.create({ ...order, confirm: true, payment_method: 'pm_card_visa' })
    await shop.received(count)
    await before.control.idle()
  }
  const page = before.control.ledger()
  expect(before.control.payments().map((payment) => payment.id)).toContain(id)
  expect(before.control.payments()).toHaveLength(3)
  expect(before.control.events()).toHaveLength(4)
  expect(page.entries).toHaveLength(2)
  expect(page.totals.kes).toMatchObject({ charge: 3 * 123_450, entries: 3 })
  expect(page.dropped.kes).toMatchObject({ charge: 123_450, entries: 1 })
  await before.close()
  const after = await start({ limits })
  expect(after.control.ledger()).toEqual(page)
})

test('a journal written anew holds the same', async () => {
  const before = await start()
  const { id } = await before.stripe.paymentIntents.create({
    ...order,
    confirm: true,
    payment_method: 'pm_card_createDispute',
  })
  await before.stripe.paymentIntents.create(
    { ...order, confirm: true, payment_method: 'pm_sim_processing' },
    { idempotencyKey: 'k1' },
  )
  await shop.received(7)
  await before.control.idle()
  const view = ({ control }: typeof before) => [control.payments(), control.ledger(), control.events()]
  const held = view(before)
  await before.close()
  const state = createState({ objects: 100, events: 100, ledger: 100, keys: 100 })
  const store = toStore(state)
  for (const line of readFileSync(journal, 'utf8').trim().split('\n')) store.apply(JSON.parse(line))
  writeFileSync(journal, [...store.events()].map((change) => `${JSON.stringify(change)}\n`).join(''))
  const after = await start()
  expect(view(after)).toEqual(held)
  expect(after.control.payment(id).disputes).toHaveLength(1)
  after.clock.advance(1000)
  expect(after.control.payments()[0]?.status).toBe('succeeded')
})
