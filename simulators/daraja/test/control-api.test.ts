import { request } from 'node:http'
import { readConfig } from '../src/config'
import { readAnswer, startSimulator } from './support'

let daraja: Awaited<ReturnType<typeof startSimulator>>
beforeEach(async () => {
  daraja = await startSimulator()
})
afterEach(() => daraja.close())

const get = async (path: string) => readAnswer(await fetch(`${daraja.origin}/control${path}`))
const post = async (path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
  readAnswer(
    await fetch(`${daraja.origin}/control${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }),
  )
const newPrompt = async (phone = 254712345678) =>
  String((await daraja.push({ PhoneNumber: phone })).body.CheckoutRequestID)

test('prompts are listed, by phone too', async () => {
  const id = await newPrompt()
  await newPrompt(254700111222)
  expect((await get('/prompts')).body.prompts).toHaveLength(2)
  const { body } = await get('/prompts?phone=254712345678')
  expect(body.prompts).toEqual([
    {
      checkoutRequestId: id,
      phone: '254712345678',
      amount: 100,
      merchant: 'DUKA',
      payee: '174379',
      accountReference: 'ORDER1',
      text: 'Do you want to pay KES 100.00 to DUKA (174379), account ORDER1? Enter your M-PESA PIN.',
      acceptedAt: '2026-11-02T09:00:00.000Z',
      expiresAt: '2026-11-02T09:01:00.000Z',
      ignored: false,
    },
  ])
  expect((await get('/prompts?phone=0712')).status).toBe(400)
})

test.each([
  ['pay', '0'],
  ['cancel', '1032'],
  ['wrong-pin', '2001'],
  ['expire', '1037'],
])('POST /control/prompts/:id/%s ends it with %s, once', async (hand, code) => {
  const id = await newPrompt()
  expect(await post(`/prompts/${id}/${hand}`)).toMatchObject({ status: 200, body: { result: { code } } })
  expect((await post(`/prompts/${id}/${hand}`)).status).toBe(409)
  expect((await get(`/transactions/${id}`)).body).toMatchObject({ status: 'settled', result: { code } })
})

test('pin, ignore, settle and redeliver', async () => {
  const id = await newPrompt()
  expect((await post(`/prompts/${id}/ignore`)).body.ignored).toBe(true)
  expect((await post(`/transactions/${id}/redeliver`)).status).toBe(409)
  expect((await post(`/prompts/${id}/pin`, { pin: '12' })).body).toEqual({ error: 'A PIN has four digits.' })
  expect((await post(`/prompts/${id}/pin`, { pin: '0000' })).body.result).toMatchObject({ code: '2001' })
  expect((await post(`/transactions/${id}/settle`, { resultCode: 1032 })).status).toBe(409)
  expect((await post(`/transactions/${id}/settle`, { resultCode: 0 })).status).toBe(200)
  expect((await post(`/transactions/${id}/redeliver`)).status).toBe(200)
  expect((await post('/prompts/unknown/pay')).status).toBe(404)
})

test('scripts, faults, counters, outcomes and reset', async () => {
  expect((await post('/scripts', { phone: '254712345678', outcome: ['1'] })).status).toBe(200)
  expect((await post('/scripts', { outcome: 'sometimes' })).status).toBe(400)
  expect((await post('/faults', { lost: { rate: 0.5 } })).body).toMatchObject({ lost: { rate: 0.5 } })
  expect(await post('/faults', { lost: { rate: 5 } })).toEqual({
    status: 400,
    body: { error: 'lost.rate: Too big: expected number to be <=1' },
  })
  expect((await get('/faults')).body).toMatchObject({ lost: { rate: 0.5 }, seed: 1 })
  const id = await newPrompt()
  daraja.clock.advance(1000)
  expect((await get(`/transactions/${id}`)).body.result).toMatchObject({ code: '1' })
  expect((await get('/counters')).body).toMatchObject({ 'push.accepted': 1, 'result.1': 1 })
  expect((await get('/outcomes')).body['32']).toEqual(['1032'])
  expect((await get('/transactions?limit=1')).body.transactions).toHaveLength(1)
  await post('/reset')
  expect((await get('/transactions')).body.transactions).toEqual([])
  expect((await get('/nothing')).status).toBe(404)
})

test('the ledger is read in pages', async () => {
  for (const phone of [254700222001, 254700222002, 254700222003]) daraja.control.pay(await newPrompt(phone))
  const first = (await get('/ledger?limit=2')).body
  expect(first.entries).toHaveLength(2)
  const rest = (await get(`/ledger?limit=2&after=${first.next}`)).body
  expect(rest).toMatchObject({ entries: [{ phone: '254700222003' }], next: null, totals: { payments: 300 } })
  expect((await get('/ledger?after=UNKNOWN')).status).toBe(404)
  expect((await get('/ledger?limit=0')).status).toBe(400)
})

test('phones carry their messages', async () => {
  daraja.control.pay(await newPrompt())
  daraja.control.cancel(await newPrompt())
  const [phone] = (await get('/phones')).body.phones as { prompt: null; messages: { text: string; paid: boolean }[] }[]
  expect(phone?.prompt).toBeNull()
  expect(phone?.messages.map(({ paid }) => paid)).toEqual([false, true])
  expect(phone?.messages[1]?.text).toMatch(
    /^U\w{9} Confirmed\. KES 100\.00 to DUKA for account ORDER1 paid on 2\/11\/2026 at 12:00\.$/,
  )
})

test('a payment is reversed in the portal, which its phone shows', async () => {
  const { receipt } = daraja.control.pay(await newPrompt())
  const messages = async () =>
    ((await get('/phones')).body as { phones: { messages: unknown[] }[] }).phones[0]?.messages
  expect(await messages()).toMatchObject([{ reversible: receipt }])
  expect((await post(`/ledger/${receipt}/reverse`)).body).toMatchObject({ kind: 'reversal', originalReceipt: receipt })
  expect(await messages()).toMatchObject([{ paid: true, reversible: null, text: expect.stringMatching(/reversed\.$/) }])
  expect((await post(`/ledger/${receipt}/reverse`)).status).toBe(409)
  expect((await post('/ledger/NONE/reverse')).status).toBe(404)
})

const elsewhere: [string, Record<string, string>][] = [
  ['says that it is another site', { 'sec-fetch-site': 'cross-site' }],
  ['says that it is another name of this site', { 'sec-fetch-site': 'same-site' }],
  ['has another origin', { origin: 'https://evil.example' }],
  ['has no origin', { origin: 'null' }],
]
test.each(elsewhere)('a page that %s can touch nothing', async (_why, headers) => {
  const id = await newPrompt()
  expect((await post(`/prompts/${id}/pay`, {}, headers)).status).toBe(403)
  expect((await fetch(`${daraja.origin}/control/prompts`, { headers })).status).toBe(403)
  expect(daraja.control.prompts()).toHaveLength(1)
})

test('a form of another site cannot send JSON, and its own name for this machine is refused', async () => {
  const id = await newPrompt()
  const form = await fetch(`${daraja.origin}/control/prompts/${id}/pay`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: '{}',
  })
  expect(form.status).toBe(415)
  for (const path of ['/control/prompts', '/phone']) {
    expect(await statusWithHost(path, 'rebound.evil.example')).toBe(403)
    expect(await statusWithHost(path, 'daraja:6001')).toBe(200)
  }
  expect(daraja.control.prompts()).toHaveLength(1)
})

// fetch does not let the Host header be chosen.
const statusWithHost = (path: string, host: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    request(daraja.origin + path, { headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })

test('the phone page brings all its own files and allows nothing else', async () => {
  const page = await fetch(`${daraja.origin}/phone`)
  const html = await page.text()
  expect(page.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self'/,
  )
  expect(html).not.toMatch(/https?:|style=|onclick|<script>/)
  const files = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path)
  expect(files).toHaveLength(3)
  for (const path of files) expect((await fetch(daraja.origin + path)).status).toBe(200)
})

test('the settings: defaults, empty ones, and every problem in one line', () => {
  const keys = {
    DARAJA_SIMULATOR_CONSUMER_KEY: 'key',
    DARAJA_SIMULATOR_CONSUMER_SECRET: 'secret',
    DARAJA_SIMULATOR_PASSKEY: 'passkey',
  }
  expect(readConfig({ ...keys, DARAJA_SIMULATOR_TILL: '', DARAJA_SIMULATOR_AUTO_DELAY_MS: '0' })).toEqual({
    port: 6001,
    host: '127.0.0.1',
    simulator: {
      name: 'DUKA',
      consumerKey: 'key',
      consumerSecret: 'secret',
      passkey: 'passkey',
      shortcode: '174379',
      initiator: 'testapi',
      strict: false,
      switches: { seed: 1, prompt: { seconds: 60 }, auto: { answer: 'person', delayMs: 0 } },
    },
  })
  expect(() => readConfig({ ...keys, DARAJA_SIMULATOR_PASSKEY: '', DARAJA_SIMULATOR_PORT: 'http' })).toThrow(
    /^The Daraja simulator's settings need attention: DARAJA_SIMULATOR_PORT [^\n]*; DARAJA_SIMULATOR_PASSKEY is missing\.$/,
  )
})
