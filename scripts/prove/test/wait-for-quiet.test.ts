import { addJob, addPurchase, createSmallShop, type SmallShop } from '../../audit/test/small-shop'
import { Memory } from '../memory'
import type { Verdict } from '../run-proof'
import { endsByItself, hastenSchedules } from '../wait-for-quiet'
import { writeVerdict } from '../write-verdict'

const finding = (cover?: string) => ({ invariant: 'mpesa-books', about: 'payment 1', what: 'is failed', cover })

test.each([
  ['job report-payment', true],
  ['a callback that waits to be applied', true],
  ['a refund on its way', true],
  ['the provider is asked again', true],
  ['a late callback, or a person after two days', false],
  ['review wrong_amount', false],
  ['decided by a person: write_off', false],
  [undefined, false],
])('what waits for %p ends by itself: %p', (cover, ends) => {
  expect(endsByItself(finding(cover))).toBe(ends)
})

describe('what has a time of its own', () => {
  let shop: SmallShop
  beforeAll(async () => {
    shop = await createSmallShop()
  })
  afterAll(() => shop.remove())

  const dueIn = async (sql: string, bind: unknown[] = []) => {
    const { rows } = await shop.run('payment', sql, bind)
    return rows.map(({ at }: { at: Date | null }) => at && at.getTime() <= Date.now() + 60_000)
  }

  test('is due at once, and what has no time gets none', async () => {
    const [asked, forgotten] = [await addPurchase(shop, 'paid'), await addPurchase(shop, 'paid')]
    await shop.run('payment', `UPDATE payments SET next_check_at = now() + interval '1 hour' WHERE id = $1`, [
      asked.paymentId,
    ])
    await shop.run(
      'payment',
      `INSERT INTO refunds (id, payment_id, amount, status, reason, actor_role, next_check_at)
       VALUES (gen_random_uuid(), $1, 500, 'sent', 'Broken', 'admin', now() + interval '1 hour')`,
      [asked.paymentId],
    )
    await addJob(shop, 'payment', 'report-payment', {})
    await addJob(shop, 'payment', 'gave-up', {})
    await shop.run('payment', 'UPDATE graphile_worker._private_jobs SET attempts = max_attempts WHERE id = 2')
    await hastenSchedules(shop.urls)
    const checkOf = 'SELECT next_check_at AS at FROM payments WHERE id = $1'
    expect(await dueIn(checkOf, [asked.paymentId])).toEqual([true])
    expect(await dueIn(checkOf, [forgotten.paymentId])).toEqual([null])
    expect(await dueIn('SELECT next_check_at AS at FROM refunds')).toEqual([true])
    const jobs = 'SELECT run_at AS at FROM graphile_worker._private_jobs ORDER BY attempts'
    expect(await dueIn(jobs)).toEqual([true, false])
  })
})

test('the verdict names each thing that is open, and why', () => {
  const findings = [finding('a refund on its way'), finding('review wrong_amount')]
  const totals = { orders: {}, payments: {}, callbacks: {}, reviews: 1, products: 0, movements: 0 }
  const verdict = {
    options: { quietSeconds: 300, seed: 1, customers: 1, seconds: 1 },
    memory: new Memory(),
    totals: {
      ...totals,
      openReviews: { 'wrong_amount: Another amount.': 2 },
      units: { available: 0, held: 0, sold: 0 },
    },
    results: [{ name: 'mpesa-books', rule: '', checked: 2, findings, unlisted: 0 }],
    broken: [],
    report: [],
    violations: 0,
  } as unknown as Verdict
  const text = writeVerdict(verdict)
  expect(text).toContain('Reviews that a person has to decide\n  2 × wrong_amount: Another amount.\n')
  expect(text).toContain(
    'Not finished within 300 s\n  mpesa-books: payment 1 is failed; it waits for: a refund on its way\n',
  )
  expect(text).toContain(
    '\nLeft to a person, or to a callback that may never come\n  mpesa-books: payment 1 is failed; it waits for: review wrong_amount\n',
  )
})
