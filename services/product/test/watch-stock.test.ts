import { exposeMetrics } from '@duka/kit/expose-metrics'
import { readMetric, readMetrics, startApp } from '@duka/testkit'
import express from 'express'
import { watchStock } from '../src/watch-stock'
import { addProduct, attemptOf, type Catalogue, lineOf, startCatalogue } from './support'

let shop: Catalogue
let running: Awaited<ReturnType<typeof startApp>>

beforeAll(async () => {
  shop = await startCatalogue()
  running = await startApp(express().get('/metrics', exposeMetrics('product')))
})
afterAll(async () => {
  await running.stop()
  await shop.stop()
})

const metric = async (name: string, labels?: Record<string, string>) =>
  (await readMetric(running.url, name, labels)) ?? 0

test('answers about reservations count, and so does how many were taken together', async () => {
  const product = await addProduct(shop, { stock: 5 })
  const before = await metric('stock_reservation_batch_size_sum')
  const first = attemptOf(shop, [lineOf(product, 2)])
  await first.reserve().expect(200)
  await first.commit().expect(200)
  const second = attemptOf(shop, [lineOf(product, 2)])
  await second.reserve().expect(200)
  await second.release().expect(200)
  await attemptOf(shop, [lineOf(product, 9)])
    .reserve()
    .expect(409)
  await attemptOf(shop, [lineOf(product, 1, 1)])
    .reserve()
    .expect(409)
  const outcomes = ['held', 'committed', 'released', 'insufficient', 'price_changed']
  const told = outcomes.map((outcome) => metric('stock_reservations_total', { outcome }))
  expect(await Promise.all(told)).toEqual([2, 1, 1, 1, 1])
  expect((await metric('stock_reservation_batch_size_sum')) - before).toBe(4)
})

test('what is held, for how long, and what runs low is told when somebody looks', async () => {
  const product = await addProduct(shop, { stock: 50 })
  await addProduct(shop, { stock: 3 })
  const held = attemptOf(shop, [lineOf(product, 1)])
  await held.reserve().expect(200)
  await shop.rows(`UPDATE reservations SET created_at = now() - interval '1 hour' WHERE order_id = $1`, [
    held.key.orderId,
  ])
  const [low] = await shop.rows<{ total: number }>('SELECT count(*)::int AS total FROM products WHERE low_stock <= 5')
  watchStock(shop.database)
  const lines = await readMetrics(running.url)
  const told = (name: string) => lines.find((line) => line.name === name)?.value
  expect(told('stock_reservations_held')).toBe(1)
  expect(told('stock_reservation_oldest_held_seconds')).toBeGreaterThanOrEqual(3_600)
  expect(told('stock_low_products')).toBe(low?.total)
  expect(low?.total).toBeGreaterThan(0)
})

test('reads of the catalogue count by whether their answer was kept', async () => {
  const product = await addProduct(shop)
  const count = (outcome: string) => metric('answer_cache_requests_total', { outcome })
  const [hits, misses] = [await count('hit'), await count('miss')]
  await shop.client.get(`/api/products/${product.id}`).expect(200)
  await shop.client.get(`/api/products/${product.id}`).expect(200)
  expect(await count('miss')).toBe(misses + 1)
  expect(await count('hit')).toBe(hits + 1)
})
