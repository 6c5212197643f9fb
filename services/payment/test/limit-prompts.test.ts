import { deleteDrainedLimits } from '../src/limit-prompts'
import { startWire } from './fake-safaricom'
import { age, newOrder, newPhone, pay, type Shop, startShop, triesOf } from './support'

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

/** Asks a phone in the name of somebody new, once its last prompt is over. */
async function ring(phoneNumber: string) {
  shop.safaricom.control.reset()
  return pay(shop, newOrder(shop), { phoneNumber })
}

test('a phone rings five times at once and then every two minutes, whoever asks for whichever order', async () => {
  const phoneNumber = newPhone()
  for (let count = 0; count < 5; count++) expect((await ring(phoneNumber)).status).toBe(201)
  const order = newOrder(shop)
  const refused = await pay(shop, order, { phoneNumber }).expect(429)
  expect(refused.body).toMatchObject({ code: 'rate_limited', detail: expect.stringContaining('This phone') })
  const seconds = Number(refused.get('retry-after'))
  // Two minutes, less what ringing took.
  expect(seconds).toBeGreaterThan(60)
  expect(seconds).toBeLessThanOrEqual(120)
  expect(await triesOf(shop, order)).toEqual([])
  await pay(shop, order).expect(201)
  await wait(seconds)
  expect((await ring(phoneNumber)).status).toBe(201)
  expect((await ring(phoneNumber)).status).toBe(429)
})

test('however slowly, a phone rings no more than some twenty times a day', async () => {
  const phoneNumber = newPhone()
  let rung = 0
  for (let count = 0; count < 30; count++) {
    if ((await ring(phoneNumber)).status === 201) rung += 1
    await wait(180)
  }
  expect(rung).toBeGreaterThanOrEqual(20)
  expect(rung).toBeLessThanOrEqual(22)
})

test('an order sends six, to whichever phones', async () => {
  const order = newOrder(shop)
  for (let count = 0; count < 6; count++) {
    const { body } = await pay(shop, order).expect(201)
    await age(shop, body.payment.id, 181)
  }
  const { body } = await pay(shop, order).expect(429)
  expect(body.detail).toContain('this order')
  await pay(shop, newOrder(shop)).expect(201)
})

test('a customer sends fifteen, for whichever orders', async () => {
  const { userId } = newOrder(shop)
  for (let count = 0; count < 15; count++) await pay(shop, newOrder(shop, { userId })).expect(201)
  const { body } = await pay(shop, newOrder(shop, { userId })).expect(429)
  expect(body.detail).toContain('You have sent')
})

test('of many at once no more ring than one after the other', async () => {
  // Takes any number of prompts for one phone, which the simulated one does not.
  const wire = await startWire()
  shop.useSafaricom(wire.url)
  const phoneNumber = newPhone()
  const answers = await Promise.all(Array.from({ length: 12 }, () => pay(shop, newOrder(shop), { phoneNumber })))
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(5).fill(201), ...Array(7).fill(429)])
  expect(wire.pushes).toHaveLength(5)
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
  for (let count = 0; count < 8; count++) {
    const { body } = await pay(shop, order, { phoneNumber }).expect(409)
    expect(body.code).toBe('payer_busy')
  }
})

test('RATE_LIMIT_FACTOR multiplies the limits', async () => {
  shop.deps.limitFactor = 2
  const phoneNumber = newPhone()
  for (let count = 0; count < 10; count++) expect((await ring(phoneNumber)).status).toBe(201)
  expect((await ring(phoneNumber)).status).toBe(429)
})

test('no phone number is kept, and what is drained is forgotten', async () => {
  await ring('254700123456')
  const rows = await shop.rows('SELECT * FROM prompt_limits')
  expect(JSON.stringify(rows)).not.toContain('700123456')
  await wait(86_400)
  await deleteDrainedLimits(shop.deps)
  expect(await shop.rows('SELECT * FROM prompt_limits')).toEqual([])
})
