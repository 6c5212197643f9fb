import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDarajaSimulator } from '../src'
import { merchant, startReceiver, startSimulator } from './support'

let folder: string
let journal: string
let shop: Awaited<ReturnType<typeof startReceiver>>
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'daraja-journal-'))
  journal = join(folder, 'journal.jsonl')
  shop = await startReceiver()
})
afterEach(async () => {
  await shop.close()
  rmSync(folder, { recursive: true })
})

test('token, prompts, results and money survive a restart', async () => {
  const before = await startSimulator({ journal })
  const paid = await before.push({ CallBackURL: shop.url, PhoneNumber: 254700111222 })
  before.control.pay(String(paid.body.CheckoutRequestID))
  await shop.received(1)
  await before.control.idle()
  const waiting = await before.push({ CallBackURL: shop.url })
  const token = (await before.logIn()).body.access_token
  const ledger = before.control.ledger()
  await before.close()

  const after = await startSimulator({ journal })
  expect(after.control.ledger()).toEqual(ledger)
  const authorization = `Bearer ${token}`
  const query = { ...after.credentials(), CheckoutRequestID: paid.body.CheckoutRequestID }
  expect((await after.call('/mpesa/stkpushquery/v1/query', query, { authorization })).body.ResultCode).toBe('0')
  expect((await after.push()).body.errorMessage).toMatch('Unable to lock subscriber')
  after.control.pay(String(waiting.body.CheckoutRequestID))
  expect(after.control.ledger().totals).toMatchObject({ payments: 200, entries: 2 })
  expect(after.control.ledger().entries[1]?.receipt).not.toBe(ledger.entries[0]?.receipt)
  await shop.received(2)
  await after.close()
})

test('a reversal in the portal survives a restart', async () => {
  const before = await startSimulator({ journal })
  const paid = await before.push({ CallBackURL: shop.url })
  const { receipt } = before.control.pay(String(paid.body.CheckoutRequestID))
  before.control.reverse(receipt ?? '')
  const ledger = before.control.ledger()
  await before.close()
  const after = await startSimulator({ journal })
  expect(after.control.ledger()).toEqual(ledger)
  expect(() => after.control.reverse(receipt ?? '')).toThrow('reversed already')
  await after.close()
})

test('what was due or not yet told when the process died happens after the restart', async () => {
  const before = await startSimulator({ journal })
  await before.push({ CallBackURL: shop.url, PhoneNumber: 254700000001 })
  before.control.changeSwitches({ late: { rate: 1, ms: 60_000 } })
  const late = await before.push({ CallBackURL: shop.url })
  before.control.pay(String(late.body.CheckoutRequestID))
  await before.close()
  expect(shop.callbacks).toEqual([])

  const after = await startSimulator({ journal })
  after.clock.advance(1000)
  const received = await shop.received(2)
  expect(received.map(({ text }) => JSON.parse(text).Body.stkCallback.ResultCode).sort()).toEqual([0, 1])
  await after.close()
})

test('half a last line is dropped, and the next line is whole', async () => {
  const before = await startSimulator({ journal })
  await before.push()
  await before.close()
  appendFileSync(journal, '{"type":"push","transact')
  const after = await startSimulator({ journal })
  expect(after.control.prompts()).toHaveLength(1)
  await after.logIn()
  await after.close()
  for (const line of readFileSync(journal, 'utf8').trim().split('\n')) JSON.parse(line)
})

test.each(['nonsense\n', '{"type":"riddle"}\n'])('a journal with the line %j is refused with its number', (line) => {
  writeFileSync(journal, line)
  expect(() => createDarajaSimulator({ ...merchant, journal })).toThrow(/^Line 1 of the journal .* remove the file/)
})

test('a reset forgets everything but the token, also in the journal', async () => {
  const before = await startSimulator({ journal })
  const { body } = await before.push()
  before.control.pay(String(body.CheckoutRequestID))
  await before.control.idle()
  before.control.changeSwitches({ lost: { rate: 1 } })
  before.control.reset()
  expect(before.control.transactions()).toEqual([])
  expect(before.control.switches().lost.rate).toBe(0)
  expect((await before.push()).status).toBe(200)
  await before.close()
  const after = await startSimulator({ journal })
  expect(after.control.transactions()).toHaveLength(1)
  expect(after.control.ledger().totals.entries).toBe(0)
  await after.close()
})

test('the oldest are forgotten past the limits, their money is not', async () => {
  const limits = { transactions: 4, ledger: 3 }
  const before = await startSimulator({ journal, limits })
  for (const index of [0, 1, 2, 3, 4, 5]) {
    const { body } = await before.push({ CallBackURL: shop.url, PhoneNumber: 254700222000 + index })
    before.control.pay(String(body.CheckoutRequestID))
    await shop.received(index + 1)
    await before.control.idle()
  }
  const page = before.control.ledger()
  expect(before.control.transactions()).toHaveLength(4)
  expect(page.entries).toHaveLength(3)
  expect(page.totals).toMatchObject({ payments: 600, entries: 6 })
  expect(page.dropped).toMatchObject({ payments: 300, entries: 3 })
  await before.close()
  const after = await startSimulator({ journal, limits })
  expect(after.control.ledger()).toEqual(page)
  await after.close()
})

test('too many live prompts: the system is busy', async () => {
  const busy = await startSimulator({ limits: { transactions: 4, ledger: 4 } })
  await busy.push({ PhoneNumber: 254700222001 })
  await busy.push({ PhoneNumber: 254700222002 })
  expect((await busy.push({ PhoneNumber: 254700222003 })).body.errorCode).toBe('500.003.02')
  await busy.close()
})
