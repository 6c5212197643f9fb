import { captureLog } from '@duka/testkit'
import request from 'supertest'
import { exposeAudit, type LastAudit } from '../audit-metrics'
import { confirm } from '../confirm-findings'
import { auditAndTell, pauseBeforeNext } from '../keep-auditing'
import type { Result } from '../run-audit'
import { createAuditorApp, readInterval, readPort } from '../run-auditor'
import { addPurchase, createSmallShop, type SmallShop } from './small-shop'

let shop: SmallShop
const last: LastAudit = {}
const app = createAuditorApp()

beforeAll(async () => {
  shop = await createSmallShop()
  exposeAudit(last)
})
afterAll(() => shop.remove())

async function audit(openBooks = shop.openBooks) {
  const { log, lines } = captureLog()
  await auditAndTell({ openBooks, everyMs: 60_000, pauseMs: 0, last, log })
  return lines
}

async function scrape(): Promise<string[]> {
  const { text, status, headers } = await request(app).get('/metrics')
  expect([status, headers['content-type']]).toEqual([200, expect.stringMatching(/^text\/plain/)])
  return text.split('\n').filter((line) => line.startsWith('audit_'))
}

test('before the first audit has ended, there is nothing to see', async () => {
  expect(await scrape()).toEqual([])
  expect((await request(app).get('/health')).status).toBe(200)
})

test('an audit tells what it looked at and found, in the log and to Prometheus', async () => {
  const { sku, productId } = await addPurchase(shop, 'paid')
  const sound = await audit()
  expect(sound).toHaveLength(1)
  expect(sound[0]).toMatch(/"event":"audited".*"violations":0|"violations":0.*"event":"audited"/)
  const fine = await scrape()
  expect(fine).toContain('audit_findings{rule="stock",service="auditor"} 0')
  expect(fine.find((line) => line.startsWith('audit_checked{what="stock"'))).toMatch(/ [1-9]\d*$/)
  expect(fine).toContain('audit_last_run_ok{service="auditor"} 1')
  expect(fine.find((line) => line.startsWith('audit_last_run_timestamp_seconds'))).toBeDefined()
  expect(fine.find((line) => line.startsWith('audit_duration_seconds'))).toBeDefined()

  await shop.run('product', 'UPDATE products SET stock = stock + 1 WHERE id = $1', [productId])
  const broken = await audit()
  expect(broken.filter((line) => line.includes('"event":"violation"')).join()).toContain(sku)
  expect(await scrape()).toContain('audit_findings{rule="stock",service="auditor"} 2')
})

test('an audit that cannot reach a database is told, and the last one that could stays to be seen', async () => {
  const before = await scrape()
  const lines = await audit(() => Promise.reject(new Error('PAYMENT_DATABASE_URL: connection refused')))
  expect(lines.join()).toMatch(/audit_failed.*PAYMENT_DATABASE_URL|PAYMENT_DATABASE_URL.*audit_failed/)
  const isOk = (line: string) => line.startsWith('audit_last_run_ok')
  expect(await scrape()).toEqual(before.map((line) => (isOk(line) ? 'audit_last_run_ok{service="auditor"} 0' : line)))
})

test('an audit that could not be done is done again within a minute, another one when its time comes', () => {
  const everyMs = 900_000
  expect(pauseBeforeNext({ everyMs, last: { ok: true } }, 100_000)).toBe(800_000)
  expect(pauseBeforeNext({ everyMs, last: { ok: true } }, 1_000_000)).toBe(0)
  expect(pauseBeforeNext({ everyMs, last: { ok: false } }, 100_000)).toBe(60_000)
  expect(pauseBeforeNext({ everyMs: 10_000, last: { ok: false } }, 20_000)).toBe(10_000)
})

const resultOf = (about: string[], unlisted = 0): Result[] => [
  {
    name: 'stock',
    rule: '',
    checked: 1,
    unlisted,
    findings: about.map((each) => ({ invariant: 'stock', about: each, what: '' })),
  },
]
const left = (results: Result[]) =>
  results.flatMap(({ findings, unlisted }) => [...findings.map(({ about }) => about), unlisted])

test.each([
  [['a', 'b'], ['b', 'c'], 0, 0, ['b', 0]],
  [['a'], ['b'], 0, 0, [0]],
  [['a'], ['b'], 5, 0, ['b', 0]],
  [['a'], ['b'], 5, 3, ['b', 3]],
])('of what stands in %j and then in %j only what is in both counts', (one, two, unlisted, unlistedNow, expected) => {
  expect(left(confirm(resultOf(one, unlisted), resultOf(two, unlistedNow)))).toEqual(expected)
})

test('times and ports are read, and others refused', () => {
  expect(['10s', '15m', '2h'].map(readInterval)).toEqual([10_000, 900_000, 7_200_000])
  for (const text of ['15', '9s', '25h', 'm', '-1m', '']) expect(() => readInterval(text)).toThrow(/--every takes/)
  expect(readPort('9464')).toBe(9464)
  for (const text of ['0', '65536', 'x']) expect(() => readPort(text)).toThrow(/--metrics-port takes/)
})
