import { failure, order, startSimulator } from './support'

let sim: Awaited<ReturnType<typeof startSimulator>>
beforeEach(async () => {
  sim = await startSimulator()
})

const pay = async (payment_method = 'pm_card_visa') =>
  (await sim.stripe.paymentIntents.create({ ...order, confirm: true, payment_method })).id
const refund = (payment_intent: string, amount?: number) =>
  sim.stripe.refunds.create({ payment_intent, ...(amount && { amount }) })
const chargeOf = async (id: string) => (await sim.stripe.charges.list({ payment_intent: id })).data[0]
const money = () => sim.control.ledger().totals.kes
const lastTypes = (count: number) =>
  sim.control
    .events(count)
    .map(({ type }) => type)
    .reverse()

test('in parts until nothing is left', async () => {
  const id = await pay()
  const first = await sim.stripe.refunds.create({
    payment_intent: id,
    amount: 23_450,
    reason: 'requested_by_customer',
    metadata: { refundId: 'r1' },
  })
  expect(first).toMatchObject({
    object: 'refund',
    amount: 23_450,
    status: 'succeeded',
    currency: 'kes',
    payment_intent: id,
  })
  expect(first.id).toMatch(/^re_\w{24}$/)
  expect(await chargeOf(id)).toMatchObject({ amount_refunded: 23_450, refunded: false })
  expect(lastTypes(2)).toEqual(['refund.created', 'charge.refunded'])
  expect(await failure(refund(id, 100_001))).toMatchObject({
    statusCode: 400,
    param: 'amount',
    message: 'Refund amount (KES 1,000.01) is greater than unrefunded amount on charge (KES 1,000.00)',
  })
  expect(await refund(id)).toMatchObject({ amount: 100_000 })
  expect(await chargeOf(id)).toMatchObject({ amount_refunded: 123_450, refunded: true })
  expect(await failure(refund(id, 1))).toMatchObject({ statusCode: 400, code: 'charge_already_refunded' })
  expect(money()).toMatchObject({ charge: 123_450, refund: 123_450, net: 0, entries: 3 })
  expect((await sim.stripe.refunds.list({ payment_intent: id })).data).toHaveLength(2)
  const renamed = await sim.stripe.refunds.update(first.id, { metadata: { note: 'broken' } })
  expect(renamed.metadata).toEqual({ refundId: 'r1', note: 'broken' })
})

test('by charge, and what has no charge', async () => {
  const charge = (await chargeOf(await pay()))?.id
  expect(await sim.stripe.refunds.create({ charge })).toMatchObject({ status: 'succeeded' })
  const { id } = await sim.stripe.paymentIntents.create(order)
  expect(await failure(refund(id))).toMatchObject({ code: 'payment_intent_unexpected_state' })
  expect(await failure(refund('pi_none'))).toMatchObject({
    statusCode: 400,
    code: 'resource_missing',
    param: 'payment_intent',
  })
  expect(await failure(sim.stripe.refunds.create({ amount: 1 }))).toMatchObject({ code: 'parameter_missing' })
})

test('one that arrives later is money only then', async () => {
  const id = await pay('pm_card_pendingRefund')
  const { id: refundId, status } = await refund(id)
  expect(status).toBe('pending')
  expect(money()).toMatchObject({ refund: 0, net: 123_450 })
  expect(await chargeOf(id)).toMatchObject({ refunded: true })
  sim.clock.advance(5000)
  expect(await sim.stripe.refunds.retrieve(refundId)).toMatchObject({ status: 'succeeded' })
  expect(lastTypes(2)).toEqual(['refund.updated', 'charge.refund.updated'])
  expect(money()).toMatchObject({ refund: 123_450, net: 0 })
})

test('one that fails after it had succeeded is undone, and can be tried again', async () => {
  const id = await pay('pm_card_refundFail')
  const first = await refund(id)
  expect(first.status).toBe('succeeded')
  sim.clock.advance(5000)
  expect(await sim.stripe.refunds.retrieve(first.id)).toMatchObject({
    status: 'failed',
    failure_reason: 'expired_or_canceled_card',
  })
  expect(lastTypes(3)).toEqual(['refund.updated', 'charge.refund.updated', 'refund.failed'])
  expect(await chargeOf(id)).toMatchObject({ amount_refunded: 0, refunded: false })
  expect(money()).toMatchObject({ refund: 123_450, refund_failed: 123_450, net: 123_450 })
  await refund(id)
  expect(money()).toMatchObject({ net: 0 })
})

test('the switches and the hands decide for any card', async () => {
  sim.control.changeSwitches({ refunds: { answer: 'pending', settleMs: 60_000 } })
  const id = await pay()
  const { id: refundId } = await refund(id, 10_000)
  sim.control.step(refundId, 'fail')
  expect(money()).toMatchObject({ refund: 0, refund_failed: 0, net: 123_450 })
  sim.clock.advance(60_000)
  expect((await sim.stripe.refunds.retrieve(refundId)).status).toBe('failed')
  expect(() => sim.control.step(refundId, 'succeed')).toThrow('It is failed')
  sim.control.changeSwitches({ refunds: { answer: 'fail' } })
  const failing = await refund(id, 10_000)
  sim.clock.advance(60_000)
  expect((await sim.stripe.refunds.retrieve(failing.id)).status).toBe('failed')
  sim.control.step(id, 'refund')
  expect(lastTypes(2)).toEqual(['refund.created', 'charge.refunded'])
})

test('the dashboard gives back parts, and never more than is left', async () => {
  const id = await pay()
  await refund(id, 100_000)
  expect(() => sim.control.refund(id, 23_451)).toThrow(/greater than unrefunded amount/)
  sim.control.refund(id, 20_000)
  expect(lastTypes(2)).toEqual(['refund.created', 'charge.refunded'])
  sim.control.refund(id)
  expect(money()).toMatchObject({ refund: 123_450, net: 0 })
  expect(() => sim.control.refund(id)).toThrow('already been refunded')
  expect(await failure(refund(id))).toMatchObject({ code: 'charge_already_refunded' })
})

test('a dispute takes the money at once; won, it comes back', async () => {
  const id = await pay()
  sim.control.step(id, 'dispute')
  expect(() => sim.control.step(id, 'dispute')).toThrow('disputed already')
  const { data } = await sim.stripe.disputes.list({ payment_intent: id })
  const disputeId = data[0]?.id ?? ''
  expect(disputeId).toMatch(/^dp_\w{24}$/)
  expect(data[0]).toMatchObject({ amount: 123_450, status: 'needs_response', reason: 'fraudulent' })
  expect(await chargeOf(id)).toMatchObject({ disputed: true })
  expect(money()).toMatchObject({ dispute: 123_450, net: 0 })
  expect(await failure(refund(id))).toMatchObject({ code: 'charge_disputed' })
  sim.control.step(disputeId, 'submit')
  sim.control.step(disputeId, 'win')
  expect(await sim.stripe.disputes.retrieve(disputeId)).toMatchObject({ status: 'won' })
  expect(lastTypes(5)).toEqual([
    'charge.dispute.created',
    'charge.dispute.funds_withdrawn',
    'charge.dispute.updated',
    'charge.dispute.closed',
    'charge.dispute.funds_reinstated',
  ])
  expect(money()).toMatchObject({ reinstatement: 123_450, net: 123_450 })
  expect((await refund(id)).status).toBe('succeeded')
})

test('a card that disputes, and a dispute that is lost', async () => {
  const id = await pay('pm_card_createDispute')
  const [dispute] = sim.control.payment(id).disputes
  sim.control.step(dispute?.id ?? '', 'lose')
  expect(() => sim.control.step(dispute?.id ?? '', 'win')).toThrow('It is lost')
  expect(money()).toMatchObject({ charge: 123_450, dispute: 123_450, reinstatement: 0, net: 0 })
  expect(lastTypes(1)).toEqual(['charge.dispute.closed'])
})

test('the ledger adds up to what every intent says, per currency', async () => {
  const ids = [await pay(), await pay(), await pay('pm_card_mastercard')]
  await sim.stripe.paymentIntents.create({
    amount: 5000,
    currency: 'usd',
    confirm: true,
    payment_method: 'pm_card_visa',
  })
  await refund(ids[0] ?? '', 3450)
  await refund(ids[1] ?? '')
  const { totals, entries } = sim.control.ledger()
  expect(totals).toMatchObject({ kes: { net: 3 * 123_450 - 3450 - 123_450 }, usd: { net: 5000 } })
  const intents = await sim.stripe.paymentIntents.list({ limit: 100 })
  const received = intents.data
    .filter(({ currency }) => currency === 'kes')
    .reduce((sum, one) => sum + one.amount_received, 0)
  expect(totals.kes?.charge).toBe(received)
  expect(entries[0]).toMatchObject({ kind: 'charge', paymentIntent: ids[0], metadata: order.metadata })
  const page = sim.control.ledger(undefined, 2)
  expect(sim.control.ledger(page.next ?? '', 100).entries).toEqual(entries.slice(2))
})
