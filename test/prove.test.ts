import { join } from 'node:path'
import { makeProveShop, type ProveShop } from '../scripts/prove/prove-shop'
import { runProof } from '../scripts/prove/run-proof'
import { writeVerdict } from '../scripts/prove/write-verdict'

const rootDir = join(__dirname, '..')

let shop: ProveShop | undefined
afterEach(() => shop?.remove())

test('orders, stock and money stay right while everything breaks', async () => {
  shop = await makeProveShop(rootDir)
  const options = { seconds: 12, seed: 20_260_101, customers: 6, quietSeconds: 20, log: undefined }
  const verdict = await runProof(shop, options, () => {})
  const text = writeVerdict(verdict)
  expect({ violations: verdict.violations, text }).toEqual({ violations: 0, text })
  // It has really shopped, and things have really broken.
  expect(verdict.memory.orders.size).toBeGreaterThan(5)
  expect(verdict.memory.list('fault.').length).toBeGreaterThan(5)
  expect(verdict.memory.payments.size).toBeGreaterThan(0)
}, 300_000)
