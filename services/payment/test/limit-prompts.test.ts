import { randomUUID } from 'node:crypto'
import { eventually } from '@duka/testkit'
import { deleteDrainedLimits } from '../src/limit-prompts'
import { startWire } from './fake-safaricom'
import { age, check, newOrder, newPhone, pay, type Shop, startShop, triesOf, untilStatus } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(() => {
  shop.deps.limitFactor = 1
  shop.safaricom.control.reset()
})

/** Lets time pass for all limits. */
const wait = (seconds: number) =>
  shop.rows('UPDATE prompt_limits SET drained_at = drained_at - make_interval(secs => $1)', [seconds])

/** Asks a phone in the name of an account, somebody new unless it is named, once the phone's last prompt is over. */
async function ring(phoneNumber: string, userId: string = randomUUID()) {
  shop.safaricom.control.reset()
  const answer = await pay(shop, newOrder(shop, { userId }), { phoneNumber })
  return answer
}

async function ringTimes(count: number, phoneNumber: string, userId?: string) {
  const statuses: number[] = []
  for (let n = 0; n < count; n++) statuses.push((await ring(phoneNumber, userId)).status)
  return statuses
}

const times = (count: number, status: number) => Array<number>(count).fill(status)

/** Asks a phone, whose owner answers with a code. */
async function ringAndAnswer(phoneNumber: string, userId: string, code: string) {
  const { body } = await ring(phoneNumber, userId)
  shop.safaricom.control.settle(body.checkoutRequestId, code)
  await untilStatus(shop, body.payment.id, code === '0' ? 'completed' : 'failed')
  return body.payment.id as string
}

/** How much is counted, by the name of its limit, in prompts. */
async function counted(name: string): Promise<number> {
  const sql = `SELECT COALESCE(sum(extract(epoch FROM drained_at - now())), 0)::float8 AS fill FROM prompt_limits
    WHERE key LIKE $1 || ':%' AND drained_at > now()`
  return (await shop.row<{ fill: number }>(sql, [name]))!.fill
}

test('an account rings a phone that never answered it three times at once and then every few minutes, five times a day', async () => {
  const [phoneNumber, userId] = [newPhone(), randomUUID()]
  expect(await ringTimes(3, phoneNumber, userId)).toEqual(times(3, 201))
  const order = newOrder(shop, { userId })
  shop.safaricom.control.reset()
  const refused = await pay(shop, order, { phoneNumber }).expect(429)
  expect(refused.body).toMatchObject({ code: 'rate_limited', detail: expect.stringContaining('from your account') })
  const seconds = Number(refused.get('retry-after'))
  expect(seconds).toBeGreaterThan(100)
  expect(seconds).toBeLessThanOrEqual(200)
  expect(await triesOf(shop, order)).toEqual([])
  await wait(seconds)
  expect(await ringTimes(2, phoneNumber, userId)).toEqual([201, 429])
  await wait(600)
  expect(await ringTimes(2, phoneNumber, userId)).toEqual([201, 429])
  expect((await pay(shop, newOrder(shop), { phoneNumber: newPhone() })).status).toBe(201)
})

test('strangers, however many, ring a phone ten times at once, and some thirty times a day', async () => {
  const phoneNumber = newPhone()
  expect(await ringTimes(11, phoneNumber)).toEqual([...times(10, 201), 429])
  let rung = 10
  for (let count = 0; count < 40; count++) {
    await wait(180)
    if ((await ring(phoneNumber)).status === 201) rung += 1
  }
  expect(rung).toBeGreaterThanOrEqual(30)
  expect(rung).toBeLessThanOrEqual(33)
})

test('one account, or three, lock nobody out of paying for the first time', async () => {
  const phoneNumber = newPhone()
  for (const attacker of [randomUUID(), randomUUID(), randomUUID()]) {
    expect(await ringTimes(4, phoneNumber, attacker)).toEqual([201, 201, 201, 429])
  }
  const owner = randomUUID()
  await ringAndAnswer(phoneNumber, owner, '0')
})

test.each([
  ['paid', '0'],
  ['answered with too little money', '1'],
  ['answered with the wrong PIN', '2001'],
])('who has %s on a phone has a measure of their own there, whatever strangers do', async (_how, code) => {
  const [phoneNumber, owner] = [newPhone(), randomUUID()]
  await ringAndAnswer(phoneNumber, owner, code)
  expect((await ringTimes(14, phoneNumber)).filter((status) => status === 429).length).toBeGreaterThan(0)
  expect((await ring(phoneNumber)).status).toBe(429)
  expect(await ringTimes(6, phoneNumber, owner)).toEqual([...times(5, 201), 429])
})

test('a prompt that is cancelled or runs out makes nobody known: phones say the same of both', async () => {
  const [phoneNumber, stranger] = [newPhone(), randomUUID()]
  await ringAndAnswer(phoneNumber, stranger, '1032')
  await ringAndAnswer(phoneNumber, stranger, '1037')
  expect(await ringTimes(2, phoneNumber, stranger)).toEqual([201, 429])
})

test('what was answered, or never rang, counts neither against the phone nor against how many phones an account asks', async () => {
  const [phoneNumber, userId] = [newPhone(), randomUUID()]
  await wait(86_400)
  await deleteDrainedLimits(shop.deps)
  for (const code of ['0', '2001', '1025']) await ringAndAnswer(phoneNumber, randomUUID(), code)
  for (let count = 0; count < 8; count++) await ringAndAnswer(newPhone(), userId, '0')
  await eventually('all given back', async () => (await counted('phones')) + (await counted('phone-day')) < 1)
  expect(await counted('user')).toBeGreaterThan(0)
})

test('what only a query tells of an answer counts as well', async () => {
  const [phoneNumber, userId] = [newPhone(), randomUUID()]
  await wait(86_400)
  await deleteDrainedLimits(shop.deps)
  const { body } = await ring(phoneNumber, userId)
  shop.safaricom.control.changeSwitches({ lost: { rate: 1 } })
  shop.safaricom.control.settle(body.checkoutRequestId, '2001')
  shop.safaricom.control.changeSwitches({ lost: { rate: 0 } })
  expect(await check(shop, body.payment.id)).toMatchObject({ failure_code: '2001' })
  expect(await counted('phone-day')).toBeLessThan(1)
  expect(await ringTimes(5, phoneNumber, userId)).toEqual(times(5, 201))
})

test('what never rang hides none that did', async () => {
  const [phoneNumber, attacker] = [newPhone(), randomUUID()]
  await ring(phoneNumber, attacker)
  await ringAndAnswer(phoneNumber, attacker, '17')
  await ringAndAnswer(phoneNumber, attacker, '17')
  expect(await ringTimes(3, phoneNumber, attacker)).toEqual([201, 201, 429])
})

test('an account asks six phones in an hour that do not answer', async () => {
  const userId = randomUUID()
  for (let count = 0; count < 6; count++) expect((await ring(newPhone(), userId)).status).toBe(201)
  const asked = newPhone()
  const refused = await ring(asked, userId)
  expect(refused.status).toBe(429)
  expect(refused.body.detail).toContain('did not answer')
  expect((await ring(asked)).status).toBe(201)
  await wait(600)
  expect((await ring(asked, userId)).status).toBe(201)
  expect((await ring(asked, userId)).status).toBe(201)
})

test('an order sends six, to whichever phones', async () => {
  const order = newOrder(shop)
  for (let count = 0; count < 6; count++) {
    const { body } = await pay(shop, order).expect(201)
    await age(shop, body.payment.id, 181)
    await shop.rows(`DELETE FROM prompt_limits WHERE key LIKE 'phones:%'`)
  }
  const { body } = await pay(shop, order).expect(429)
  expect(body.detail).toContain('this order')
  await pay(shop, newOrder(shop)).expect(201)
})

test('a customer sends fifteen, for whichever orders', async () => {
  const { userId } = newOrder(shop)
  for (let count = 0; count < 15; count++) {
    await pay(shop, newOrder(shop, { userId })).expect(201)
    await shop.rows(`DELETE FROM prompt_limits WHERE key LIKE 'phones:%'`)
  }
  const { body } = await pay(shop, newOrder(shop, { userId })).expect(429)
  expect(body.detail).toContain('You have sent')
})

test('of many at once no more ring than one after the other', async () => {
  // Takes any number of prompts for one phone, which the simulated one does not.
  const wire = await startWire()
  shop.useSafaricom(wire.url)
  const phoneNumber = newPhone()
  const answers = await Promise.all(Array.from({ length: 16 }, () => pay(shop, newOrder(shop), { phoneNumber })))
  expect(answers.map(({ status }) => status).sort()).toEqual([...times(10, 201), ...times(6, 429)])
  expect(wire.pushes).toHaveLength(10)
  const userId = randomUUID()
  const own = await Promise.all(
    Array.from({ length: 9 }, () => pay(shop, newOrder(shop, { userId }), { phoneNumber: newPhone() })),
  )
  expect(own.map(({ status }) => status).sort()).toEqual([...times(6, 201), ...times(3, 429)])
  shop.useSafaricom(shop.safaricom.url)
  await wire.stop()
})

test('a try that waits for its answer is named, and counts once', async () => {
  const order = newOrder(shop)
  const first = await pay(shop, order).expect(201)
  for (let count = 0; count < 8; count++) {
    const { body } = await pay(shop, order).expect(409)
    expect(body.payment.id).toBe(first.body.payment.id)
  }
})

test('a request that reached no phone does not count', async () => {
  const order = newOrder(shop)
  const phoneNumber = newPhone()
  await pay(shop, newOrder(shop), { phoneNumber }).expect(201)
  const before = [await counted('phones'), await counted('phone-day'), await counted('stranger-day')]
  for (let count = 0; count < 12; count++) {
    const { body } = await pay(shop, order, { phoneNumber }).expect(409)
    expect(body.code).toBe('payer_busy')
  }
  const after = [await counted('phones'), await counted('phone-day'), await counted('stranger-day')]
  for (const [index, fill] of after.entries()) expect(fill).toBeLessThanOrEqual(before[index]!)
})

test('RATE_LIMIT_FACTOR multiplies the limits', async () => {
  shop.deps.limitFactor = 2
  expect(await ringTimes(7, newPhone(), randomUUID())).toEqual([...times(6, 201), 429])
})

test('no phone number is kept, and what is drained is forgotten', async () => {
  await ring('254700123456')
  const rows = await shop.rows('SELECT * FROM prompt_limits')
  expect(JSON.stringify(rows)).not.toContain('700123456')
  await wait(86_400)
  await deleteDrainedLimits(shop.deps)
  expect(await shop.rows('SELECT * FROM prompt_limits')).toEqual([])
})
