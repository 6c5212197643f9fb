import { randomBytes, randomUUID } from 'node:crypto'
import { eventually } from '@duka/testkit'
import { advanceRefunds } from '../src/advance-refunds'
import type { DarajaRequest, RequestOutcome } from '../src/mpesa/send-request'
import { advance, refund, refundRow, refundsOf, startPaid, untilTried } from './refund-support'
import {
  callbackPath,
  type EventRow,
  newReceipt,
  paymentRow,
  postCallback,
  reviewsOf,
  type Shop,
  startShop,
} from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
afterEach(async () => {
  await shop.rows('UPDATE refunds SET next_check_at = NULL')
  shop.useSafaricom(shop.safaricom.url)
})

/** A Safaricom that takes every request, says nothing by itself, and remembers what it was asked. */
function listenIn(answer: (call: DarajaRequest) => RequestOutcome | Promise<RequestOutcome> = accept) {
  const calls: DarajaRequest[] = []
  const { mpesa } = shop.deps
  shop.deps.mpesa = {
    ...mpesa!,
    daraja: {
      ...mpesa!.daraja,
      request: async (call) => {
        calls.push(call)
        return answer(call)
      },
    },
  }
  return calls
}

let conversations = 0
const accept = (): RequestOutcome => {
  conversations += 1
  return { kind: 'accepted', conversationId: `AG_${conversations}` }
}

/** A refund that Safaricom has, and has not spoken about yet. */
async function startSent(amount?: number) {
  const { id } = await startPaid(shop)
  const calls = listenIn()
  const refundId = (await refund(shop, id, { amount }).expect(202)).body.refund.id as string
  await untilTried(shop, refundId)
  return { id, refundId, calls, call: calls[0]!, conversationId: `AG_${conversations}` }
}

interface Said {
  code?: unknown
  conversationId: string
  originatorId?: string
  receipt?: string
  amount?: unknown
  more?: object[]
}

function result({ code = 0, conversationId, originatorId = 'm-1', receipt = newReceipt(), amount, more = [] }: Said) {
  const ResultParameter = [...(amount === undefined ? [] : [{ Key: 'Amount', Value: amount }]), ...more]
  return JSON.stringify({
    Result: {
      ResultType: 0,
      ResultCode: code,
      ResultDesc: 'Done',
      OriginatorConversationID: originatorId,
      ConversationID: conversationId,
      TransactionID: receipt,
      ...(ResultParameter.length > 0 && { ResultParameters: { ResultParameter } }),
    },
  })
}

/** Posts to one of a request's addresses, and waits until it was applied. */
async function tell(address: string, body: string): Promise<EventRow['outcome']> {
  const before = await shop.rows<EventRow>('SELECT id FROM webhook_events')
  await postCallback(shop, new URL(address).pathname, body).expect(200)
  const sql = 'SELECT * FROM webhook_events WHERE NOT id = ANY($1::uuid[]) AND outcome IS NOT NULL'
  const event = await eventually('result applied', () => shop.row<EventRow>(sql, [before.map(({ id }) => id)]))
  return event.outcome
}

test('a success counts once, however it is written and however often it comes', async () => {
  const { id, refundId, call, conversationId } = await startSent()
  const receipt = newReceipt()
  expect(await tell(call.resultUrl, result({ conversationId, receipt, amount: '1500.00' }))).toBe('applied')
  expect(await tell(call.resultUrl, result({ conversationId, receipt, code: '0', amount: 1500 }))).toBe('ignored')
  expect(await tell(call.resultUrl, result({ conversationId, code: 1 }))).toBe('ignored')
  expect(await refundRow(shop, refundId)).toMatchObject({ status: 'succeeded', transaction_id: receipt })
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'refunded', refunded_amount: '1500.00' })
  expect(await reviewsOf(shop, id)).toEqual([])
})

test.each([
  ['another conversation', 'wrong_ids', () => result({ conversationId: 'AG_other', amount: 1500 })],
  ['another amount', 'wrong_amount', (conversationId: string) => result({ conversationId, amount: 15 })],
  ['nothing that can be read', 'unreadable_callback', () => '{"Result":[]}'],
])('a result of %s decides nothing: it is before a person, and asked about', async (_what, kind, write) => {
  const { id, refundId, call, conversationId } = await startSent()
  expect(await tell(call.resultUrl, write(conversationId))).toBe('review')
  const row = await refundRow(shop, refundId)
  expect(row).toMatchObject({ status: 'sent', settled_at: null })
  expect(row.next_check_at!.getTime()).toBeLessThanOrEqual(Date.now())
  expect(await reviewsOf(shop, id)).toEqual([{ kind, detail: expect.any(String) }])
})

test("a payout's result has to name the refund", async () => {
  const { refundId, call, conversationId } = await startSent(400)
  expect(call).toMatchObject({ kind: 'payout', id: refundId, amount: 400 })
  expect(await tell(call.resultUrl, result({ conversationId, originatorId: randomUUID() }))).toBe('review')
  expect(await tell(call.resultUrl, result({ conversationId, originatorId: refundId }))).toBe('applied')
})

test('the secret address that a result repeats is not kept', async () => {
  const { refundId, call, conversationId } = await startSent()
  const said = JSON.parse(result({ conversationId, amount: 1500 }))
  said.Result.ReferenceData = { ReferenceItem: { Key: 'QueueTimeoutURL', Value: call.timeoutUrl } }
  expect(await tell(call.resultUrl, JSON.stringify(said))).toBe('applied')
  expect(await refundRow(shop, refundId)).toMatchObject({ status: 'succeeded' })
  const secret = call.timeoutUrl.split('/').at(-1)!
  const kept = await shop.rows<EventRow>('SELECT * FROM webhook_events')
  expect(kept.map(({ body }) => body).join()).not.toContain(secret)
  expect(kept.map(({ body }) => body).join()).toContain(call.timeoutUrl.replace(secret, '…'))
})

test('without the secret nobody says anything', async () => {
  const { refundId, call, conversationId } = await startSent()
  const guessed = call.resultUrl.replace(/[^/]+$/, randomBytes(32).toString('hex'))
  expect(await tell(guessed, result({ conversationId, amount: 1500 }))).toBe('unmatched')
  await postCallback(shop, '/api/webhook/mpesa', result({ conversationId, amount: 1500 })).expect(200)
  expect(await refundRow(shop, refundId)).toMatchObject({ status: 'sent' })
})

test("a result under a prompt's secret says nothing about a refund, of its own payment or of another", async () => {
  const own = await startPaid(shop)
  const push = `https://shop.example${callbackPath(shop, own.checkoutRequestId)}`
  const other = await startSent()
  const refundId = (await refund(shop, own.id).expect(202)).body.refund.id as string
  await untilTried(shop, refundId)
  for (const conversationId of [other.conversationId, `AG_${conversations}`]) {
    expect(await tell(push, result({ conversationId, amount: 1500 }))).toBe('review')
  }
  for (const each of [refundId, other.refundId]) expect(await refundRow(shop, each)).toMatchObject({ status: 'sent' })
  expect(await paymentRow(shop, own.id)).toMatchObject({ status: 'completed', refunded_amount: '0.00' })
  expect(new Set((await reviewsOf(shop, own.id)).map(({ kind }) => kind))).toEqual(new Set(['unreadable_callback']))
})

test("another refund's result is none of one whose own id is not known yet", async () => {
  const other = await startSent()
  shop.useSafaricom(shop.safaricom.url)
  const { id } = await startPaid(shop)
  const calls = listenIn(() => ({ kind: 'later', message: 'no answer' }))
  const refundId = (await refund(shop, id).expect(202)).body.refund.id as string
  await untilTried(shop, refundId)
  const forged = result({ conversationId: other.conversationId, amount: 1500 })
  expect(await tell(calls[0]!.resultUrl, forged)).toBe('review')
  expect(await refundRow(shop, refundId)).toMatchObject({ status: 'requested' })
  expect(await refundRow(shop, other.refundId)).toMatchObject({ status: 'sent' })
  expect(await reviewsOf(shop, id)).toEqual([{ kind: 'wrong_ids', detail: expect.any(String) }])
  expect(await tell(calls[0]!.resultUrl, result({ conversationId: 'AG_its_own', amount: 1500 }))).toBe('applied')
  expect(await refundRow(shop, refundId)).toMatchObject({ status: 'succeeded' })
})

test.each([0, 1])('a queue that timed out is a reason to ask, though it says %p', async (code) => {
  const { refundId, call, conversationId } = await startSent()
  expect(await tell(call.timeoutUrl, result({ conversationId, code, amount: 1500 }))).toBe('applied')
  const row = await refundRow(shop, refundId)
  expect(row).toMatchObject({ status: 'sent', failure_code: null })
  expect(row.next_check_at!.getTime()).toBeLessThanOrEqual(Date.now())
})

test.each([4999, 'E3008', 'constructor', '', 17])('the code %p decides nothing', async (code) => {
  const { refundId, call, conversationId } = await startSent()
  expect(await tell(call.resultUrl, result({ conversationId, code }))).toBe('ignored')
  expect(await refundRow(shop, refundId)).toMatchObject({ status: 'sent' })
})

test('reversed already is done', async () => {
  const { refundId, call, conversationId } = await startSent()
  expect(await tell(call.resultUrl, result({ conversationId, code: 'R000001' }))).toBe('applied')
  expect(await refundRow(shop, refundId)).toMatchObject({ status: 'succeeded', transaction_id: null })
})

test('a receipt of one refund proves no other', async () => {
  const first = await startSent(100)
  const receipt = newReceipt()
  await tell(first.call.resultUrl, result({ ...first, originatorId: first.refundId, receipt }))
  shop.useSafaricom(shop.safaricom.url)
  const second = await startSent(100)
  expect(await tell(second.call.resultUrl, result({ ...second, originatorId: second.refundId, receipt }))).toBe(
    'review',
  )
  expect(await refundRow(shop, second.refundId)).toMatchObject({ status: 'sent' })
})

test('a receipt of a payment proves no refund, not even its own', async () => {
  const other = await startPaid(shop)
  const { id, refundId, call, conversationId } = await startSent()
  const { transaction_id: own } = await paymentRow(shop, id)
  for (const receipt of [other.receipt, own!]) {
    expect(await tell(call.resultUrl, result({ conversationId, receipt, amount: 1500 }))).toBe('review')
  }
  expect(await refundRow(shop, refundId)).toMatchObject({ status: 'sent' })
  expect((await reviewsOf(shop, id)).map(({ kind }) => kind)).toContain('receipt_reused')
})

test('money that went back after a failure was noted counts', async () => {
  const { id, refundId, call, conversationId } = await startSent()
  await tell(call.resultUrl, result({ conversationId, code: 1 }))
  expect(await refundRow(shop, refundId)).toMatchObject({ status: 'failed', failure_code: '1' })
  expect(await tell(call.resultUrl, result({ conversationId, amount: 1500 }))).toBe('applied')
  expect(await refundRow(shop, refundId)).toMatchObject({ status: 'succeeded', failure_code: null })
  expect(await paymentRow(shop, id)).toMatchObject({ refunded_amount: '1500.00', refunding_amount: '0.00' })
})

test('where another refund took its place meanwhile, a person sees that both went out', async () => {
  const { id, refundId, call, conversationId } = await startSent(1000)
  await tell(call.resultUrl, result({ conversationId, originatorId: refundId, code: 1 }))
  await refund(shop, id, { amount: 900 }).expect(202)
  await tell(call.resultUrl, result({ conversationId, originatorId: refundId }))
  expect(await refundRow(shop, refundId)).toMatchObject({ status: 'failed' })
  expect((await reviewsOf(shop, id)).map(({ kind }) => kind)).toContain('refunded_twice')
  expect(await paymentRow(shop, id)).toMatchObject({ refunding_amount: '900.00', refunded_amount: '0.00' })
})

const statusOf = (value: string) => [{ Key: 'TransactionStatus', Value: value }]

test.each([
  ['Completed', 'succeeded'],
  ['Declined', 'failed'],
  ['Pending', 'sent'],
])('a payout that Safaricom calls %s is %s', async (value, status) => {
  const { refundId, calls } = await startSent(400)
  await advance(shop, refundId)
  expect(calls[1]).toMatchObject({ kind: 'status', id: refundId })
  await tell(calls[1]!.resultUrl, result({ conversationId: `AG_${conversations}`, amount: 400, more: statusOf(value) }))
  expect(await refundRow(shop, refundId)).toMatchObject({ status })
})

test('a question that Safaricom cannot answer says nothing about the payout', async () => {
  const { refundId, calls } = await startSent(400)
  await advance(shop, refundId)
  await tell(calls[1]!.resultUrl, result({ conversationId: `AG_${conversations}`, code: 'R000002' }))
  expect(await refundRow(shop, refundId)).toMatchObject({ status: 'sent' })
})

test('a result that overtakes the answer to its request is taken', async () => {
  const { id } = await startPaid(shop)
  let told: Promise<unknown> = Promise.resolve()
  listenIn((call) => {
    told = tell(call.resultUrl, result({ conversationId: 'AG_early', amount: 1500 }))
    return told.then((): RequestOutcome => ({ kind: 'accepted', conversationId: 'AG_early' }))
  })
  const refundId = (await refund(shop, id).expect(202)).body.refund.id
  await untilTried(shop, refundId)
  expect(await refundRow(shop, refundId)).toMatchObject({ status: 'succeeded' })
})

test('many processes take a step once', async () => {
  const { refundId, calls } = await startSent()
  await shop.rows('UPDATE refunds SET next_check_at = now() WHERE id = $1', [refundId])
  await Promise.all([1, 2, 3, 4].map(() => advanceRefunds(shop.deps)))
  expect(calls).toHaveLength(2)
})

test('a refusal after a request that may have gone through ends nothing', async () => {
  const { id } = await startPaid(shop)
  const answers: RequestOutcome[] = [
    { kind: 'later', message: 'no answer' },
    { kind: 'refused', message: '400.002.02 Bad Request' },
  ]
  const calls = listenIn((call) => answers[calls.indexOf(call)]!)
  const refundId = (await refund(shop, id).expect(202)).body.refund.id
  await untilTried(shop, refundId)
  expect((await advance(shop, refundId)).status).toBe('requested')
  expect(await refundsOf(shop, id)).toMatchObject([{ failure_code: null }])
})

test.each(['reversal', 'payout'])(
  'a process that dies once a %s is with Safaricom leaves it to the next one, and the money goes back once',
  async (kind) => {
    const { id } = await startPaid(shop)
    const { daraja } = shop.deps.mpesa!
    const moved = () => shop.safaricom.control.ledger().entries.filter((entry) => entry.kind !== 'payment').length
    const before = moved()
    shop.safaricom.control.changeSwitches({ lost: { rate: 1 } })
    // Its answer comes to nobody.
    const calls = listenIn(async (call) => {
      await daraja.request(call)
      return new Promise<never>(() => undefined)
    })
    const amount = kind === 'payout' ? 600 : undefined
    const refundId = (await refund(shop, id, { amount }).expect(202)).body.refund.id
    await eventually('the money moved', async () => moved() === before + 1)
    expect(calls[0]?.kind).toBe(kind)
    shop.safaricom.control.changeSwitches({ lost: { rate: 0 } })
    shop.useSafaricom(shop.safaricom.url)
    await eventually('followed to its end', async () => {
      await shop.rows(`UPDATE refunds SET next_check_at = now() WHERE id = $1 AND status <> 'succeeded'`, [refundId])
      await advanceRefunds(shop.deps)
      return (await refundRow(shop, refundId)).status === 'succeeded'
    })
    expect(moved()).toBe(before + 1)
    expect((await refundsOf(shop, id)).map(({ status }) => status)).toEqual(['succeeded'])
  },
)

test.each(['\u0000', '\ud800', 'x'.repeat(5000)])('whatever is text in a result may be odd: %j', async (odd) => {
  const { refundId, call, conversationId } = await startSent(400)
  const said = { conversationId, originatorId: refundId, code: 4999 }
  const odds = [
    result({ ...said, receipt: odd }),
    result({ ...said, amount: odd }),
    result({ ...said, code: odd }),
    result({ ...said, originatorId: odd }),
    result({ ...said, more: [{ Key: odd, Value: odd }] }),
    result({ ...said, conversationId: odd }),
    result({ ...said, code: 1 }).replace('"Done"', JSON.stringify(odd)),
  ]
  for (const body of odds) expect(await tell(call.resultUrl, body)).not.toBeNull()
  expect(await refundRow(shop, refundId)).toMatchObject({ status: 'failed', failure_code: '1' })
})
