import { randomBytes } from 'node:crypto'
import { asUser, letJobsBeDue } from '@duka/testkit'
import supertest from 'supertest'
import { startPaymentJobs } from '../src/jobs'
import { fault, merchant, startWire } from './fake-safaricom'
import {
  callbackOf,
  callbackPath,
  check,
  deliver,
  newOrder,
  pay,
  paymentRow,
  postCallback,
  type Shop,
  startShop,
  untilStatus,
} from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())

test('no secret and no phone number is ever logged, whatever happens to a payment', async () => {
  const digits = '712999888'
  const phoneNumber = `254${digits}`
  const order = newOrder(shop)
  const token = asUser(order.userId)
  const key = `key-${randomBytes(8).toString('hex')}`
  const headers = { authorization: token, 'idempotency-key': key }
  const jobs = await startPaymentJobs(shop.deps, shop.databaseUrl)
  const { body } = await pay(shop, order, { phoneNumber }, headers).expect(201)
  const secret = callbackPath(shop, body.checkoutRequestId).split('/').at(-1)!

  await pay(shop, order, { phoneNumber }, { authorization: token }).expect(409)
  await pay(shop, newOrder(shop), { phoneNumber }).expect(409)
  await pay(shop, order, { phoneNumber: `${phoneNumber}9` }, { authorization: token }).expect(400)
  await postCallback(shop, `/api/webhook/m/${secret.replaceAll('a', 'b')}`, 'x').expect(200)
  await postCallback(shop, '/api/webhook/mpesa', callbackOf(shop, body.checkoutRequestId)).expect(200)
  await supertest(shop.app).get(`/api/webhook/m/${secret}`).expect(405)
  await supertest(shop.app).post(`/api/webhook/m/${secret}/more`).send({}).expect(404)
  await deliver(shop, body.checkoutRequestId, Buffer.from(`not json ${phoneNumber}`))
  await check(shop, body.payment.id)

  // A bug in applying, and Safaricom at its worst.
  await shop.rows(`ALTER TABLE payments ADD CONSTRAINT bug CHECK (status <> 'completed') NOT VALID`)
  await postCallback(shop, `/api/webhook/m/${secret}`, callbackOf(shop, body.checkoutRequestId)).expect(200)
  const wire = await startWire()
  shop.useSafaricom(wire.url)
  for (const answer of ['destroy', fault(500, '500.003.02', 'Busy'), fault(500, '500.001.1001', 'Odd')] as const) {
    wire.push = () => answer
    await pay(shop, newOrder(shop), { phoneNumber })
    wire.query = () => answer
    await check(shop, body.payment.id)
  }
  await wire.stop()
  await check(shop, body.payment.id)
  shop.order.mood = 'down'
  await shop.rows('ALTER TABLE payments DROP CONSTRAINT bug')
  await shop.rows(letJobsBeDue)
  await untilStatus(shop, body.payment.id, 'completed')
  await jobs.stop()

  const receipt = (await paymentRow(shop, body.payment.id)).transaction_id
  const written = shop.lines.join('\n')
  for (const event of ['request', 'mpesa_callback', 'left_to_job', 'mpesa_push_unknown', 'mpesa_push_refused']) {
    expect(written).toContain(`"event":"${event}"`)
  }
  for (const never of [digits, secret, key, merchant.passkey, merchant.consumerSecret, token.slice(7), 'token-1']) {
    expect(written).not.toContain(never)
  }
  expect(receipt).not.toBeNull()
  expect(written).not.toMatch(/[?&](secret|token)=/)
})
