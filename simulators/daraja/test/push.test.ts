import { isCallbackUrl } from '../src/callback-url'
import { formatEat, parseEat } from '../src/eat-time'
import { makeReceipt } from '../src/ids'
import { merchant, startSimulator } from './support'

let daraja: Awaited<ReturnType<typeof startSimulator>>
beforeEach(async () => {
  daraja = await startSimulator()
})
afterEach(() => daraja.close())

test('a push is accepted with ids of the real shape', async () => {
  const { status, body } = await daraja.push({ PhoneNumber: '254722111111', Amount: '1' })
  expect(status).toBe(200)
  expect(body).toEqual({
    MerchantRequestID: expect.stringMatching(/^[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{16}$/),
    CheckoutRequestID: 'ws_CO_021120261200000722111111',
    ResponseCode: '0',
    ResponseDescription: 'Success. Request accepted for processing',
    CustomerMessage: 'Success. Request accepted for processing',
  })
})

test.each([
  ['BusinessShortCode', 'abc'],
  ['Password', ''],
  ['Timestamp', '2026-11-02'],
  ['Timestamp', '20261399000000'],
  ['TransactionType', 'CustomerPayBill'],
  ['Amount', 0],
  ['Amount', 250_001],
  ['Amount', '10.50'],
  ['Amount', -5],
  ['Amount', null],
  ['PartyA', '0712345678'],
  ['PartyB', ''],
  ['PhoneNumber', '+254712345678'],
  ['PhoneNumber', '254812345678'],
  ['CallBackURL', 'http://shop.example.com/callback'],
  ['CallBackURL', 'https://shop.example.com/api/webhook/mpesa'],
  ['AccountReference', ''],
  ['AccountReference', 'THIRTEENCHARS'],
])('%s = %p is refused by name', async (field, value) => {
  expect(await daraja.push({ PartyA: 254712345678, [field]: value })).toMatchObject({
    status: 400,
    body: { errorCode: '400.002.02', errorMessage: `Bad Request - Invalid ${field}` },
  })
  expect(daraja.control.prompts()).toEqual([])
})

test.each([undefined, 'fourteen chars'])('a TransactionDesc of %p is called Remarks', async (text) => {
  expect((await daraja.push({ TransactionDesc: text })).body.errorMessage).toBe('Bad Request - Invalid Remarks')
})

test('an unknown shortcode and a password that does not fit are told apart by the message only', async () => {
  expect(await daraja.push({ BusinessShortCode: '600000' })).toMatchObject({
    status: 500,
    body: { errorCode: '500.001.1001', errorMessage: 'Merchant does not exist' },
  })
  const oldPassword = daraja.credentials('20260101000000').Password
  expect(await daraja.push({ Password: oldPassword })).toMatchObject({
    status: 500,
    body: { errorCode: '500.001.1001', errorMessage: 'Wrong credentials' },
  })
})

test("Safaricom's own sample password is accepted", async () => {
  const sample = await startSimulator({ passkey: 'bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919' })
  const answer = await sample.push({
    Timestamp: '20210628092408',
    Password:
      'MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGExZWQyYzkxOTIwMjEwNjI4MDkyNDA4',
  })
  await sample.close()
  expect(answer.status).toBe(200)
})

test('a phone has one live prompt; it is free again when that one ends', async () => {
  const first = await daraja.push()
  expect(await daraja.push({ Amount: 5 })).toMatchObject({
    status: 500,
    body: {
      errorCode: '500.001.1001',
      errorMessage: 'Unable to lock subscriber, a transaction is already in process for the current subscriber',
    },
  })
  expect((await daraja.push({ PhoneNumber: 254700111222 })).status).toBe(200)
  daraja.control.cancel(String(first.body.CheckoutRequestID))
  const second = await daraja.push({ Amount: 5 })
  expect(second.status).toBe(200)
  expect(second.body.CheckoutRequestID).not.toBe(first.body.CheckoutRequestID)
})

test('two pushes at once to one phone: one prompt', async () => {
  await daraja.logIn()
  const answers = await Promise.all([daraja.push(), daraja.push(), daraja.push()])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 500, 500])
  expect(daraja.control.prompts()).toHaveLength(1)
})

test('spike arrest and quota answer 500, not 429', async () => {
  await daraja.logIn()
  daraja.clock.advance(1000)
  daraja.control.changeSwitches({ spikeArrest: { perSecond: 2 } })
  const statuses = [await daraja.query('x'), await daraja.query('x'), await daraja.query('x')]
  expect(statuses[1]?.body.errorCode).toBe('400.002.02')
  expect(statuses[2]).toMatchObject({
    status: 500,
    body: { errorCode: '500.003.02', errorMessage: 'Error Occurred: Spike Arrest Violation' },
  })
  daraja.clock.advance(1000)
  expect((await daraja.query('x')).body.errorCode).toBe('400.002.02')
  daraja.control.changeSwitches({ quota: { perDay: 1 } })
  expect((await daraja.query('x')).body).toMatchObject({ errorCode: '500.003.03', errorMessage: 'Quota Violation' })
  daraja.control.changeSwitches({ quota: { perDay: 0 }, spikeArrest: { perSecond: 0 }, busy: { rate: 1 } })
  expect((await daraja.query('x')).body.errorMessage).toBe('System is busy. Please try again in few minutes.')
})

test('strict mode also refuses odd references and a clock that runs in UTC', async () => {
  const strict = await startSimulator({ strict: true })
  expect((await strict.push({ AccountReference: 'DK-1' })).body.errorMessage).toMatch('Invalid AccountReference')
  const utc = strict.credentials(formatEat(strict.clock.now() - 3 * 3_600_000))
  expect((await strict.push({ ...utc })).body.errorMessage).toMatch('Invalid Timestamp')
  expect((await strict.push()).status).toBe(200)
  await strict.close()
})

test('which callback addresses are taken', () => {
  const taken = [
    'https://shop.example.com/api/webhook/m/00ff',
    'http://localhost:5000/x',
    'http://127.0.0.1:5000/x',
    'http://[::1]:5000/x',
    'http://gateway:5000/x',
    'http://192.168.1.4/x',
    'http://172.20.0.3/x',
  ]
  const refused = [
    'http://8.8.8.8/x',
    'http://172.32.0.3/x',
    'ftp://localhost/x',
    'not a url',
    'https://a.example/M-PESA',
    'https://a.example/safariCom',
    'https://a.example/execute',
    'https://a.example/cmd',
    'https://a.example/mysql',
    'https://a.example/?query=1',
    `https://a.example/${'x'.repeat(500)}`,
  ]
  expect(taken.filter((url) => !isCallbackUrl(url))).toEqual([])
  expect(refused.filter(isCallbackUrl)).toEqual([])
})

test('times are East African, receipts carry the date and do not repeat', () => {
  const newYear = Date.UTC(2024, 11, 31, 21, 30, 5)
  expect(formatEat(newYear)).toBe('20250101003005')
  expect(parseEat('20250101003005')).toBe(newYear)
  expect(parseEat('20250230000000')).toBeNull()
  expect(makeReceipt(newYear, 1)).toMatch(/^TA1[0-9A-Z]{7}$/)
  expect(makeReceipt(Date.UTC(2019, 11, 31), 1)).toMatch(/^NLV/)
  const receipts = Array.from({ length: 50_000 }, (_, index) => makeReceipt(newYear + Math.floor(index / 500), index))
  expect(new Set(receipts).size).toBe(receipts.length)
})

test('a till sells goods; mismatched payees fail after acceptance', async () => {
  const goods = { TransactionType: 'CustomerBuyGoodsOnline', PartyB: merchant.till }
  const codeOf = async (fields: Record<string, unknown>) => {
    const { body } = await daraja.push(fields)
    daraja.clock.advance(1000)
    const id = String(body.CheckoutRequestID)
    return (await daraja.query(id)).body.ResultCode
  }
  expect(await codeOf({ PartyB: merchant.till })).toBe('2028')
  expect(await codeOf({ TransactionType: goods.TransactionType })).toBe('2028')
  expect(await codeOf({ PartyB: '999999' })).toBe('SFC_IC0003')
  expect(await codeOf({ ...goods, PhoneNumber: 254700000000 })).toBe('0')
})

test('with the length limits off, a prompt over 182 characters fails with 1025', async () => {
  daraja.control.changeSwitches({ rules: { lengthLimits: false } })
  const { body } = await daraja.push({ AccountReference: 'A'.repeat(120), TransactionDesc: 'a long description' })
  daraja.clock.advance(1000)
  expect((await daraja.query(body.CheckoutRequestID)).body.ResultCode).toBe('1025')
})
