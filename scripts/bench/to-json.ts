import { type Comparison, compareProcessor, compareSpeed } from './against-report'
import type { Measured } from './measure'
import { type Figures, ratioOf } from './report'
import { percentile, perSecond, type Sample } from './sample'

/** The figures for a program to read: what the report says, with full precision. */
export function toJson({ machine, measured, memory, complaints }: Figures) {
  return { at: new Date().toISOString(), machine, cases: measured.map(toCase), memory, complaints }
}

/** The same of two shops that were compared. */
export function comparisonToJson({ machine, settings, compared, complaints }: Comparison) {
  const cases = compared.map((each) => ({
    case: each.name,
    connections: each.connections,
    speed: compareSpeed(each),
    processor: compareProcessor(each),
    rounds: each.pairs.map((pair) =>
      pair.map(({ sample, processorMs }) => ({ perSecond: perSecond(sample), processorMs })),
    ),
  }))
  return { at: new Date().toISOString(), machine, against: settings, cases, complaints }
}

function toCase({ case: { name, unit, products }, connections, shop, reference, use }: Measured) {
  const parts = Object.entries(shop.parts).map(([part, values]) => [part, percentile(values, 0.5)])
  return {
    case: name,
    products: products ?? null,
    unit,
    connections,
    shop: toSpeed(shop),
    reference: toSpeed(reference),
    ratio: ratioOf({ shop, reference }),
    partsP50: Object.fromEntries(parts),
    processorMs: use?.map(({ name: process, seconds }) => ({ process, ms: (seconds * 1000) / shop.finished })) ?? null,
  }
}

function toSpeed(sample: Sample) {
  const { latenciesMs, count, seconds, failures } = sample
  return {
    perSecond: perSecond(sample),
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    count,
    seconds,
    errors: failures.length,
  }
}
