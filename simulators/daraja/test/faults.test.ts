import { changeSwitches, defaultSwitches, strikes } from '../src/switches'
import { type Callback, startReceiver, startSimulator } from './support'

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

const push = async (phone = 254712345678) => {
  const { body } = await daraja.push({ CallBackURL: shop.url, PhoneNumber: phone })
  return String(body.CheckoutRequestID)
}
const pushAndPay = async () => daraja.control.pay(await push())
const callback = ({ text }: Callback) => JSON.parse(text).Body.stkCallback
const codes = (callbacks: Callback[]) => callbacks.map((one) => callback(one).ResultCode)
const itemOf = (one: Callback, name: string) =>
  callback(one).CallbackMetadata.Item.find((item: { Name: string }) => item.Name === name)?.Value

test('late: the callback waits, the money does not', async () => {
  daraja.control.changeSwitches({ late: { rate: 1, ms: 5000 } })
  await pushAndPay()
  daraja.clock.advance(4999)
  await daraja.control.idle()
  expect(shop.callbacks).toEqual([])
  expect(daraja.control.ledger().totals.payments).toBe(100)
  daraja.clock.advance(1)
  await shop.received(1)
})

test('lost: no callback, but the query tells and the counter knows', async () => {
  daraja.control.changeSwitches({ lost: { rate: 1 } })
  const { checkoutRequestId } = await pushAndPay()
  await daraja.control.idle()
  expect(shop.callbacks).toEqual([])
  expect((await daraja.query(checkoutRequestId)).body.ResultCode).toBe('0')
  expect(daraja.control.counters()).toMatchObject({ 'fault.lost': 1, 'result.0': 1 })
})

test('doubled: the same text several times', async () => {
  daraja.control.changeSwitches({ doubled: { rate: 1, times: 3 } })
  await pushAndPay()
  const received = await shop.received(4)
  expect(new Set(received.map(({ text }) => text)).size).toBe(1)
})

test('reordered: a held callback is overtaken by the next one', async () => {
  const first = await push(254700111000)
  const second = await push(254700111001)
  daraja.control.changeSwitches({ reordered: { rate: 1 } })
  daraja.control.pay(first)
  await daraja.control.idle()
  daraja.control.changeSwitches({ reordered: { rate: 0 } })
  daraja.control.cancel(second)
  expect(codes(await shop.received(2))).toEqual([1032, 0])
})

test('reordered: nothing overtakes, so it goes out after the longest wait', async () => {
  daraja.control.changeSwitches({ reordered: { rate: 1, maxMs: 2000 } })
  await pushAndPay()
  daraja.clock.advance(2000)
  expect(codes(await shop.received(1))).toEqual([0])
})

test('beforeAnswer: the callback has been answered before the push is', async () => {
  daraja.control.changeSwitches({ beforeAnswer: { rate: 1 } })
  const id = await push()
  expect(shop.callbacks.map((one) => callback(one).CheckoutRequestID)).toEqual([id])
  expect(codes(shop.callbacks)).toEqual([0])
})

test('answerLost: the connection breaks, but the phone rings', async () => {
  await daraja.logIn()
  daraja.control.changeSwitches({ answerLost: { rate: 1 } })
  await expect(push()).rejects.toThrow('fetch failed')
  const [prompt] = daraja.control.prompts()
  daraja.control.pay(prompt?.checkoutRequestId ?? '')
  expect(codes(await shop.received(1))).toEqual([0])
})

test.each([
  ['contradictory', 1032],
  ['lateSuccess', 1037],
])('%s: first %i, then paid after all', async (fault, code) => {
  daraja.control.changeSwitches({ [fault]: { rate: 1 } })
  const { checkoutRequestId } = await pushAndPay()
  await shop.received(1)
  expect((await daraja.query(checkoutRequestId)).body.ResultCode).toBe(String(code))
  expect(daraja.control.ledger().totals.entries).toBe(0)
  daraja.clock.advance(1000)
  expect(codes(await shop.received(2))).toEqual([code, 0])
  expect(daraja.control.ledger().totals.payments).toBe(100)
})

test('contradictory with nothing between: both are still told, once each', async () => {
  daraja.control.changeSwitches({ contradictory: { rate: 1 }, auto: { followUpMs: 0 } })
  await pushAndPay()
  await shop.received(2)
  await daraja.control.idle()
  expect(codes(shop.callbacks).sort()).toEqual([0, 1032])
})

test('wrongAmount and wrongIds lie in the callback, never in the ledger', async () => {
  daraja.control.changeSwitches({ wrongAmount: { rate: 1, by: -40 }, wrongIds: { rate: 1 } })
  const { merchantRequestId } = await pushAndPay()
  const [received] = await shop.received(1)
  expect(itemOf(received!, 'Amount')).toBe(60)
  expect(callback(received!).MerchantRequestID).not.toBe(merchantRequestId)
  expect(daraja.control.ledger().entries[0]?.amount).toBe(100)
})

test('textResultCode and a missing Balance item', async () => {
  daraja.control.changeSwitches({ textResultCode: { rate: 1 }, rules: { balanceItem: false } })
  await pushAndPay()
  const [received] = await shop.received(1)
  expect(callback(received!).ResultCode).toBe('0')
  expect(received?.text).not.toContain('Balance')
})

test('forged: a stranger says paid with a guessed secret, and no money has moved', async () => {
  daraja.control.changeSwitches({ forged: { rate: 1 } })
  await push()
  const [forgery] = await shop.received(1)
  expect(codes([forgery!])).toEqual([0])
  expect(forgery?.path).toMatch(/^\/api\/webhook\/m\/[0-9a-f]{6}$/)
  expect(forgery?.path).not.toBe(new URL(shop.url).pathname)
  expect(forgery?.headers['x-forwarded-for']).toBe('196.201.214.200')
  expect(daraja.control.ledger().totals.entries).toBe(0)
})

test('slowBody: the body comes in pieces and is whole in the end', async () => {
  daraja.control.changeSwitches({ slowBody: { rate: 1, ms: 20 } })
  await pushAndPay()
  expect(codes(await shop.received(1))).toEqual([0])
})

test('a seed decides which pushes are struck, each fault by itself', () => {
  const switches = changeSwitches(defaultSwitches(false), { seed: 7, lost: { rate: 0.3 }, late: { rate: 0.3 } })
  const draw = (fault: 'lost' | 'late', using = switches) =>
    Array.from({ length: 2000 }, (_, sequence) => strikes(using, fault, sequence))
  expect(draw('lost')).toEqual(draw('lost'))
  expect(draw('lost')).not.toEqual(draw('late'))
  expect(draw('lost')).not.toEqual(draw('lost', { ...switches, seed: 8 }))
  const share = draw('lost').filter(Boolean).length / 2000
  expect(share).toBeGreaterThan(0.25)
  expect(share).toBeLessThan(0.35)
})

test.each([{ lsot: { rate: 1 } }, { lost: { rate: 2 } }, { lost: { often: 1 } }, { lost: 1 }, 'lost', null])(
  'the switches %j are refused and nothing changes',
  (patch) => {
    const before = daraja.control.switches()
    expect(() => daraja.control.changeSwitches(patch)).toThrow()
    expect(daraja.control.switches()).toEqual(before)
  },
)
