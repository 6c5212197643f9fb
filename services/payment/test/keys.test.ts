import { randomUUID } from 'node:crypto'
import { asUser } from '@duka/testkit'
import supertest from 'supertest'
import { keyByConcretePath } from '../src/migrations/013-key-by-concrete-path'
import { admin } from './refund-support'
import { newOrder, paymentRow, type Shop, startShop } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())

async function chooseCash(): Promise<string> {
  const order = newOrder(shop)
  const request = supertest(shop.app)
    .post('/api/payments/cash-on-delivery')
    .set({ authorization: asUser(order.userId) })
  return (await request.send({ orderId: order.id }).expect(201)).body.payment.id
}
const post = (path: string, key: string, body: object) =>
  supertest(shop.app).post(path).set({ authorization: admin, 'idempotency-key': key }).send(body)
const collection = { amount: 1500, collector: 'Otieno' }

async function collected(): Promise<string> {
  const id = await chooseCash()
  await post(`/api/payments/${id}/collect`, randomUUID(), collection).expect(200)
  return id
}

/** The same by the same admin, under the same key, of two payments. */
async function onBoth(way: string, body: object, make: () => Promise<string>, status = 200) {
  const key = randomUUID()
  const ids = [await make(), await make()]
  for (const id of ids) {
    const answer = await post(`/api/payments/${id}/${way}`, key, body).expect(status)
    expect(answer.body.payment.id).toBe(id)
    expect(answer.get('idempotency-replayed')).toBeUndefined()
  }
  return Promise.all(ids.map((id) => paymentRow(shop, id)))
}

test('the cash of two payments is booked for both', async () => {
  const rows = await onBoth('collect', collection, chooseCash)
  expect(rows.map(({ status }) => status)).toEqual(['completed', 'completed'])
})

test('two payments are refused at the door', async () => {
  const rows = await onBoth('refuse', { reason: 'Not at home' }, chooseCash)
  expect(rows.map(({ failure_code }) => failure_code)).toEqual(['refused_at_door', 'refused_at_door'])
})

test('two payments are given back, each once', async () => {
  const rows = await onBoth('refund', { amount: 500, reason: 'Broken' }, collected, 202)
  const sql = `SELECT payment_id, amount FROM refunds WHERE payment_id = ANY ($1) ORDER BY created_at`
  const refunds = await shop.rows<{ payment_id: string; amount: string }>(sql, [rows.map(({ id }) => id)])
  expect(refunds).toEqual(rows.map(({ id }) => ({ payment_id: id, amount: '500.00' })))
})

test('two reviews are decided', async () => {
  const key = randomUUID()
  for (const id of [randomUUID(), randomUUID()]) {
    const sql = `INSERT INTO payment_reviews (id, kind, payment_id, detail) VALUES ($1, 'disputed', $2, 'A test')`
    await shop.rows(sql, [id, await collected()])
    const decision = { decision: 'write_off', note: 'It is settled.' }
    const { body } = await post(`/api/admin/payments/review/${id}`, key, decision).expect(200)
    expect(body.review).toMatchObject({ id, decision: 'write_off' })
  }
})

test('keys of a version that kept the pattern of a path answer for their own payment', async () => {
  const [key, id] = [randomUUID(), await collected()]
  const path = `/api/payments/${id}/refund`
  const first = await post(path, key, { amount: 500, reason: 'Broken' }).expect(202)
  const pattern = `UPDATE idempotency_keys SET path = '/api/payments/:id/refund' WHERE key = $1`
  await shop.rows(pattern, [key])
  await shop.rows(String(keyByConcretePath.up))
  const again = await post(path, key, { amount: 500, reason: 'Broken' }).expect(202)
  expect(again.get('idempotency-replayed')).toBe('true')
  expect(again.body.refund.id).toBe(first.body.refund.id)
})
