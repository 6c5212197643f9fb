import type { Machine } from './describe-machine'
import { describe, writeList } from './report'
import { addUp, percentile, perSecond, type Sample } from './sample'
import { writeNumber, writeTable } from './write-table'

export interface Round {
  sample: Sample
  /** Processor time of all services per request or journey; null where the system does not tell. */
  processorMs: number | null
}

/** A case as two shops did it: first the plain one, then the other. */
export interface Compared {
  name: string
  connections: number
  /** Rounds that followed each other. */
  pairs: [Round, Round][]
}

export interface Comparison {
  machine: Machine
  /** What the other shop was given. */
  settings: Record<string, string>
  compared: Compared[]
  complaints: string[]
}

/** How the plain shop stands to the other: the median of all pairs, and where the middle half of them lies. */
export interface Ratio {
  median: number | null
  low: number | null
  high: number | null
}

export function compareSpeed({ pairs }: Compared): Ratio {
  return ratioOf(pairs.map(([plain, other]) => perSecond(plain.sample) / perSecond(other.sample)))
}

export function compareProcessor({ pairs }: Compared): Ratio {
  return ratioOf(
    pairs.flatMap(([plain, other]) =>
      plain.processorMs !== null && other.processorMs ? [plain.processorMs / other.processorMs] : [],
    ),
  )
}

function ratioOf(ratios: number[]): Ratio {
  return { median: percentile(ratios, 0.5), low: percentile(ratios, 0.25), high: percentile(ratios, 0.75) }
}

export function writeComparison({ machine, settings, compared, complaints }: Comparison): string {
  const other = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  const note =
    `  other: a shop with ${other.join(', ')}. Ratios are the shop's to the other's, median of the pairs of rounds (middle half):\n` +
    '  of requests a second, and of the processor time of the six services per request or journey.'
  const failures = countFailures(compared)
  return [
    describe(machine),
    writeRatios(compared),
    note,
    failures > 0 ? `  ${failures} errors` : '',
    writeList('Warnings in the logs', complaints),
  ]
    .filter(Boolean)
    .join('\n\n')
}

export function countFailures(compared: Compared[]): number {
  return compared.flatMap(({ pairs }) => pairs.flat()).reduce((total, { sample }) => total + sample.failures.length, 0)
}

function writeRatios(compared: Compared[]): string {
  const head = ['case', 'connections', 'per second', 'other', 'ratio', 'ms of processor', 'other', 'ratio']
  const rows = compared.map((each) => {
    const rounds = [0, 1].map((side) => each.pairs.map((pair) => pair[side] as Round))
    const rates = rounds.map((all) => writeNumber(perSecond(addUp(all.map(({ sample }) => sample)))))
    const uses = rounds.map((all) => writeProcessor(percentile(known(all), 0.5)))
    return [
      each.name,
      String(each.connections),
      ...rates,
      writeRatio(compareSpeed(each)),
      ...uses,
      writeRatio(compareProcessor(each)),
    ]
  })
  return writeTable(head, rows)
}

const known = (rounds: Round[]) => rounds.flatMap(({ processorMs }) => processorMs ?? [])
const writeProcessor = (ms: number | null) => ms?.toFixed(3) ?? '–'

function writeRatio({ median, low, high }: Ratio): string {
  if (median === null || low === null || high === null) return '–'
  return `${median.toFixed(3)} (${low.toFixed(2)}–${high.toFixed(2)})`
}
