import { join } from 'node:path'
import { type Collector, startCollector } from '@duka/testkit'
import { startTestShop, type TestShop } from '../shop-support'
import { describeMovedMetrics } from './moved-metrics'
import { describeTraces } from './traces'

let collector: Collector
let shop: TestShop

beforeAll(async () => {
  collector = await startCollector()
  shop = await startTestShop(join(__dirname, '..', '..'), { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
}, 120_000)
afterAll(async () => {
  await shop?.remove()
  await collector?.close()
})

describe('traces', () => describeTraces(() => ({ collector, shop })))
describe('metrics', () => describeMovedMetrics(() => shop))
