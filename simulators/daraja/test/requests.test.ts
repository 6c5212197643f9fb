import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { merchant, startReceiver, startSimulator } from './support'

let daraja: Awaited<ReturnType<typeof startSimulator>>
let shop: Awaited<ReturnType<typeof startReceiver>>
beforeEach(async () => {
  daraja = await startSimulator()
  shop = await startReceiver()
})
afterEach(async () => {
  await daraja.close()
  await shop.close()
})

type Fields = Record<string, unknown>
const common = () => ({
  SecurityCredential: Buffer.alloc(256, 7).toString('base64'),
  ResultURL: shop.url,
  QueueTimeOutURL: shop.url,
  Remarks: 'Refund',
})
const reverse = (receipt: string, fields: Fields = {}) =>
  daraja.call('/mpesa/reversal/v1/request', {
    ...common(),
    Initiator: 'testapi',
    CommandID: 'TransactionReversal',
    TransactionID: receipt,
    Amount: 100,
    ReceiverParty: merchant.shortcode,
    RecieverIdentifierType: '11',
    ...fields,
  })
const payOut = (fields: Fields = {}) =>
  daraja.call('/mpesa/b2c/v3/paymentrequest', {
    ...common(),
    OriginatorConversationID: 'refund-1',
    InitiatorName: 'testapi',
    CommandID: 'BusinessPayment',
    Amount: 40,
    PartyA: merchant.shortcode,
    PartyB: 254712345678,
    Occassion: '',
    ...fields,
  })
const askStatus = (fields: Fields) =>
  daraja.call('/mpesa/transactionstatus/v1/query', {
    ...common(),
    Initiator: 'testapi',
    CommandID: 'TransactionStatusQuery',
    PartyA: merchant.shortcode,
    IdentifierType: '4',
    ...fields,
  })
const pay = async () => {
  const { body } = await daraja.push()
  return daraja.control.pay(String(body.CheckoutRequestID)).receipt ?? ''
}
const nextResult = async (count: number) => {
  daraja.clock.advance(1000)
  const received = await shop.received(count)
  await daraja.control.idle()
  return JSON.parse(received[count - 1]?.text ?? '').Result
}
const parameter = (result: Fields, name: string) =>
  (result.ResultParameters as { ResultParameter: { Key: string; Value: unknown }[] }).ResultParameter.filter(
    ({ Key }) => Key === name,
  ).map(({ Value }) => Value)

test('a payment is reversed once: acknowledged first, told later, the money goes back', async () => {
  const receipt = await pay()
  const { status, body } = await reverse(receipt)
  expect(status).toBe(200)
  expect(body).toEqual({
    OriginatorConversationID: expect.any(String),
    ConversationID: expect.stringMatching(/^AG_20261102_[0-9a-f]{20}$/),
    ResponseCode: '0',
    ResponseDescription: 'Accept the service request successfully.',
  })
  expect(daraja.control.ledger().totals.reversals).toBe(0)
  const result = await nextResult(1)
  expect(result).toMatchObject({ ResultType: 0, ResultCode: 0, ConversationID: body.ConversationID })
  expect(parameter(result, 'OriginalTransactionID')).toEqual([receipt])
  expect(parameter(result, 'TransCompletedTime')).toEqual([20261102120001])
  expect(daraja.control.ledger().totals).toMatchObject({ payments: 100, reversals: 100 })

  await reverse(receipt)
  const again = await nextResult(2)
  expect(again).toMatchObject({ ResultCode: 'R000001' })
  expect(again).not.toHaveProperty('ResultParameters')
  expect(daraja.control.ledger().totals.reversals).toBe(100)
})

test('what is reversed in the portal is told to nobody, and is reversed already for who asks later', async () => {
  const receipt = await pay()
  const told = shop.callbacks.length
  expect(daraja.control.reverse(receipt)).toMatchObject({ kind: 'reversal', amount: 100, originalReceipt: receipt })
  await daraja.control.idle()
  expect(shop.callbacks).toHaveLength(told)
  expect(() => daraja.control.reverse(receipt)).toThrow('reversed already')
  expect(() => daraja.control.reverse('NONE')).toThrow('No such payment')
  await reverse(receipt)
  expect(await nextResult(told + 1)).toMatchObject({ ResultCode: 'R000001' })
  expect(daraja.control.ledger().totals).toMatchObject({ payments: 100, reversals: 100 })
})

test('the portal gives back no more than the merchant holds', async () => {
  const receipt = await pay()
  daraja.control.changeSwitches({ float: { amount: 0 } })
  await payOut()
  await nextResult(1)
  expect(() => daraja.control.reverse(receipt)).toThrow('does not hold that much')
})

test('two reversals at once give the money back once', async () => {
  const receipt = await pay()
  await Promise.all([reverse(receipt), reverse(receipt)])
  await nextResult(2)
  const codes = shop.callbacks.map(({ text }) => JSON.parse(text).Result.ResultCode)
  expect(codes.sort()).toEqual([0, 'R000001'])
  expect(daraja.control.ledger().totals.reversals).toBe(100)
})

test.each<[string, Fields, unknown]>([
  ['an unknown receipt', { TransactionID: 'UNKNOWN000' }, 'R000002'],
  ['a wrong initiator', { Initiator: 'nobody' }, 2001],
])('%s: the result says so', async (_what, fields, code) => {
  await reverse(await pay(), fields)
  expect(await nextResult(1)).toMatchObject({ ResultCode: code })
  expect(daraja.control.ledger().totals.reversals).toBe(0)
})

test.each<Fields>([
  { CommandID: 'Reversal' },
  { Amount: 0 },
  { Amount: 60 },
  { ReceiverParty: '600000' },
  { RecieverIdentifierType: '4' },
  { SecurityCredential: 'c2hvcnQ=' },
  { Remarks: 'x' },
  { ResultURL: 'http://shop.example.com/result' },
  { QueueTimeOutURL: '' },
])('a reversal with %j is refused by name', async (fields) => {
  const [name] = Object.keys(fields)
  expect((await reverse(await pay(), fields)).body).toMatchObject({
    errorCode: '400.002.02',
    errorMessage: `Bad Request - Invalid ${name}`,
  })
})

test('a payout is told with its receipt; its own id can be used once', async () => {
  const { body } = await payOut()
  expect(body.OriginatorConversationID).toBe('refund-1')
  expect(await payOut()).toMatchObject({
    status: 500,
    body: { errorCode: '500.002.1001', errorMessage: 'Duplicate OriginatorConversationID.' },
  })
  const result = await nextResult(1)
  const [entry] = daraja.control.ledger().entries
  expect(entry).toMatchObject({ kind: 'payout', amount: 40, originatorId: 'refund-1', phone: '254712345678' })
  expect(parameter(result, 'TransactionReceipt')).toEqual([entry?.receipt])
  expect(parameter(result, 'TransactionCompletedDateTime')).toEqual(['02.11.2026 12:00:01'])
})

test('more than the merchant holds cannot be paid out', async () => {
  daraja.control.changeSwitches({ float: { amount: 39 } })
  await payOut()
  expect(await nextResult(1)).toMatchObject({ ResultCode: 1 })
  expect(daraja.control.ledger().totals.payouts).toBe(0)
})

test('transaction status by receipt and by the conversation of a payout', async () => {
  const receipt = await pay()
  await askStatus({ TransactionID: receipt })
  const byReceipt = await nextResult(1)
  expect(parameter(byReceipt, 'TransactionStatus')).toEqual(['Completed'])
  expect(parameter(byReceipt, 'Amount')).toEqual([100])
  expect(parameter(byReceipt, 'DebitPartyName')).toHaveLength(2)
  await payOut()
  await nextResult(2)
  await askStatus({ OriginalConversationID: 'refund-1' })
  expect(parameter(await nextResult(3), 'Amount')).toEqual([40])
  await askStatus({ TransactionID: 'UNKNOWN000' })
  expect(await nextResult(4)).toMatchObject({ ResultCode: 'R000002' })
  expect((await askStatus({})).body.errorMessage).toBe('Bad Request - Invalid TransactionID')
})

test('faults strike results too: lost, doubled, code as text', async () => {
  daraja.control.changeSwitches({ doubled: { rate: 1 }, textResultCode: { rate: 1 } })
  await payOut()
  expect(await nextResult(2)).toMatchObject({ ResultCode: '0' })
  daraja.control.changeSwitches({ lost: { rate: 1 } })
  await payOut({ OriginatorConversationID: 'refund-2' })
  daraja.clock.advance(1000)
  await daraja.control.idle()
  expect(shop.callbacks).toHaveLength(2)
  expect(daraja.control.ledger().totals.payouts).toBe(80)
})

test('a request that was acknowledged before a restart is carried out once after it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'daraja-requests-'))
  await daraja.close()
  daraja = await startSimulator({ journal: join(folder, 'journal.jsonl') })
  await payOut()
  await daraja.close()
  daraja = await startSimulator({ journal: join(folder, 'journal.jsonl') })
  expect((await payOut()).body.errorCode).toBe('500.002.1001')
  expect(await nextResult(1)).toMatchObject({ ResultCode: 0, OriginatorConversationID: 'refund-1' })
  expect(daraja.control.ledger().totals).toMatchObject({ payouts: 40, entries: 1 })
  rmSync(folder, { recursive: true })
})
