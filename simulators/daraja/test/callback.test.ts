import { type Callback, closeServer, listen, startReceiver, startSimulator } from './support'

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

const push = async (fields: Record<string, unknown> = {}) => {
  const { body } = await daraja.push({ CallBackURL: shop.url, ...fields })
  return body as { CheckoutRequestID: string; MerchantRequestID: string }
}
const codes = (callbacks: Callback[]) => callbacks.map(({ text }) => JSON.parse(text).Body.stkCallback.ResultCode)

test('paid: the real shape with its odd types, and the money in the ledger', async () => {
  const ids = await push({ Amount: 1250 })
  daraja.clock.advance(7000)
  daraja.control.pay(ids.CheckoutRequestID)
  const [callback] = await shop.received(1)
  const [entry] = daraja.control.ledger().entries
  expect(callback?.path).toBe('/api/webhook/m/5ec2e7')
  expect(callback?.headers['content-type']).toBe('application/json')
  // The very text, because JSON.parse would hide that the amount has decimals.
  expect(callback?.text).toBe(
    `{"Body":{"stkCallback":{"MerchantRequestID":"${ids.MerchantRequestID}","CheckoutRequestID":"${ids.CheckoutRequestID}",` +
      '"ResultCode":0,"ResultDesc":"The service request is processed successfully.","CallbackMetadata":{"Item":[' +
      `{"Name":"Amount","Value":1250.00},{"Name":"MpesaReceiptNumber","Value":"${entry?.receipt}"},{"Name":"Balance"},` +
      '{"Name":"TransactionDate","Value":20261102120007},{"Name":"PhoneNumber","Value":254712345678}]}}}}',
  )
  expect(entry).toMatchObject({ kind: 'payment', amount: 1250, phone: '254712345678', accountReference: 'ORDER1' })
  expect(daraja.control.ledger().totals).toEqual({ payments: 1250, reversals: 0, payouts: 0, entries: 1 })
})

test('failed: no metadata and no money', async () => {
  const ids = await push()
  daraja.control.cancel(ids.CheckoutRequestID)
  const [callback] = await shop.received(1)
  expect(JSON.parse(callback?.text ?? '')).toEqual({
    Body: {
      stkCallback: {
        MerchantRequestID: ids.MerchantRequestID,
        CheckoutRequestID: ids.CheckoutRequestID,
        ResultCode: 1032,
        ResultDesc: 'Request cancelled by user',
      },
    },
  })
  expect(daraja.control.ledger().entries).toEqual([])
})

test.each<[string, (number | string)[]]>([
  ['00', [0]],
  ['01', [1]],
  ['03', ['SFC_IC0003']],
  ['06', [8006]],
  ['17', [17]],
  ['19', [1019]],
  ['20', [2001]],
  ['32', [1032]],
  ['33', [1032, 0]],
  ['37', [1037]],
  ['38', [1037, 0]],
])('a phone ending in %s, or such an amount, answers %p by itself', async (ending, expected) => {
  await push({ PhoneNumber: `2547000000${ending}` })
  await push({ Amount: 249_900 + Number(ending) })
  expect(daraja.control.prompts()).toHaveLength(2)
  daraja.clock.advance(1000)
  await shop.received(2)
  daraja.clock.advance(1000)
  const all = codes(await shop.received(expected.length * 2))
  expect(all.sort()).toEqual([...expected, ...expected].sort())
  const paid = expected.includes(0) ? 2 : 0
  expect(daraja.control.ledger().totals.entries).toBe(paid)
})

test('a phone that never answers gets no callback, and is free again after the prompt', async () => {
  const ids = await push({ PhoneNumber: 254700000099 })
  daraja.clock.advance(59_000)
  expect((await daraja.push({ PhoneNumber: 254700000099 })).status).toBe(500)
  daraja.clock.advance(1000)
  expect(daraja.control.transaction(ids.CheckoutRequestID)).toMatchObject({ status: 'silent', result: null })
  expect((await daraja.push({ PhoneNumber: 254700000099 })).status).toBe(200)
  await daraja.control.idle()
  expect(shop.callbacks).toEqual([])
  daraja.control.settle(ids.CheckoutRequestID, '0')
  expect(codes(await shop.received(1))).toEqual([0])
})

test('a prompt that nobody answers ends with 1037 after its time', async () => {
  const ids = await push()
  daraja.control.ignore(ids.CheckoutRequestID)
  daraja.clock.advance(59_999)
  expect(daraja.control.prompts()).toMatchObject([{ ignored: true }])
  daraja.clock.advance(1)
  expect(codes(await shop.received(1))).toEqual([1037])
  expect(daraja.control.prompts()).toEqual([])
})

test('the phone that is meant for people waits for one even when all others pay', async () => {
  daraja.control.changeSwitches({ auto: { answer: 'pay', delayMs: 0 } })
  await push({ PhoneNumber: 254700000098 })
  await push()
  expect(codes(await shop.received(1))).toEqual([0])
  expect(daraja.control.prompts()).toMatchObject([{ phone: '254700000098' }])
})

test('PINs: 0000 is wrong, any other four digits pay, anything else is no PIN', async () => {
  const first = await push()
  expect(() => daraja.control.enterPin(first.CheckoutRequestID, '12345')).toThrow('A PIN has four digits.')
  daraja.control.enterPin(first.CheckoutRequestID, '0000')
  await shop.received(1)
  expect(() => daraja.control.enterPin(first.CheckoutRequestID, '1234')).toThrow('no longer on the phone')
  daraja.control.enterPin((await push()).CheckoutRequestID, '1234')
  expect(codes(await shop.received(2))).toEqual([2001, 0])
})

test('a script decides the next pushes, before the tables do', async () => {
  daraja.control.script('254700000001', ['0'], 2)
  for (const count of [1, 2, 3]) {
    await push({ PhoneNumber: 254700000001 })
    daraja.clock.advance(1000)
    await shop.received(count)
  }
  expect(codes(shop.callbacks)).toEqual([0, 0, 1])
  expect(() => daraja.control.script('*', ['nonsense'])).toThrow('Unknown result code')
})

test('money may come after a failure, but only once', async () => {
  const { CheckoutRequestID: id } = await push()
  daraja.control.expire(id)
  daraja.control.settle(id, '0')
  expect(codes(await shop.received(2))).toEqual([1037, 0])
  expect(() => daraja.control.settle(id, '0')).toThrow('It is paid already.')
  expect(daraja.control.ledger().totals.payments).toBe(100)
})

test('the same amount again within two minutes is refused by result code 17, where that rule is on', async () => {
  daraja.control.changeSwitches({ rules: { repeatSeconds: 120 } })
  const again = async (count: number, fields = {}) => {
    await push({ PhoneNumber: 254700000000, ...fields })
    daraja.clock.advance(1000)
    await shop.received(count)
  }
  await again(1)
  await again(2)
  await again(3, { Amount: 101 })
  daraja.clock.advance(120_000)
  await again(4)
  expect(codes(shop.callbacks)).toEqual([0, 17, 0, 0])
})

test('a receiver that refuses is tried as often as the switch says, and can be asked again by hand', async () => {
  const stubborn = await startReceiver([503, 500])
  daraja.control.changeSwitches({ retries: { times: 2, everyMs: 1000 } })
  const { CheckoutRequestID: id } = await push({ CallBackURL: stubborn.url })
  daraja.control.pay(id)
  for (const count of [1, 2]) {
    await stubborn.received(count)
    await daraja.control.idle()
    daraja.clock.advance(1000)
  }
  const [first, , third] = await stubborn.received(3)
  expect(third?.text).toBe(first?.text)
  daraja.control.redeliver(id)
  expect((await stubborn.received(4))[3]?.text).toBe(first?.text)
  await stubborn.close()
})

test('a receiver that never answers is given up after the timeout', async () => {
  const lines: string[] = []
  const { server, origin } = await listen(() => {})
  const impatient = await startSimulator({ callbackTimeoutMs: 50, log: (line) => lines.push(line) })
  const { body } = await impatient.push({ CallBackURL: `${origin}/cb/secret` })
  impatient.control.pay(String(body.CheckoutRequestID))
  await impatient.control.idle()
  expect(lines.at(-1)).toBe(`Callback to ${origin} not taken: no answer within 50 ms`)
  await impatient.close()
  await closeServer(server)
})
