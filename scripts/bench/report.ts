import type { ProcessMemory } from '../supervisor/shop'
import type { BenchCase } from './cases'
import type { Machine } from './describe-machine'
import type { Measured } from './measure'
import { type Failure, percentile, perSecond, sum } from './sample'
import { writeNumber, writeTable } from './write-table'

export interface Figures {
  machine: Machine
  measured: Measured[]
  memory: { idle: ProcessMemory[]; after: ProcessMemory[] }
  /** What the shop's processes complained about while it was measured. */
  complaints: string[]
  /** What in the books does not add up. */
  findings: string[]
  /** How many orders the books were checked for. */
  orders: number
}

/** Answers that should have been others, the reference's included. */
export function countErrors({ measured }: Figures): number {
  return sum(measured.map(({ shop, reference }) => shop.failures.length + reference.failures.length))
}

/** Everything that a run found out, as text. */
export function writeReport({ machine, measured, memory, complaints, findings, orders }: Figures): string {
  return [
    describe(machine),
    writeSpeed(measured),
    writeGrowth(measured),
    writeParts(measured),
    writeUse(measured),
    writeMemoryTable(memory),
    writeList('Errors', measured.flatMap(listFailures)),
    writeList('Warnings in the logs', complaints),
    writeList(`What does not add up in ${orders} orders`, findings),
    findings.length === 0 && orders > 0
      ? `  ${orders} orders: all paid, the provider's ledger and the stock add up.`
      : '',
  ]
    .filter(Boolean)
    .join('\n\n')
}

export function describe(machine: Machine): string {
  const { cores, processor, system, node, commit, syncMs, isInMemory, loadAverage } = machine
  return [
    `  ${cores} cores (${processor}), ${system}, Node ${node}, commit ${commit}`,
    `  Shop, PostgreSQL, reference and load share this machine (load average before: ${loadAverage.toFixed(1)}).`,
    `  PostgreSQL commits to disk: 8 kB take ${writeNumber(syncMs)} ms.`,
    ...(isInMemory
      ? ['  That disk is memory, where a commit costs nothing: set TMPDIR to a folder on a real one.']
      : []),
  ].join('\n')
}

function writeSpeed(measured: Measured[]): string {
  const head = ['case', 'connections', 'per second', 'p50 ms', 'p99 ms', 'errors', 'reference', 'ratio']
  const rows = measured.map(({ case: each, connections, shop, reference }) => [
    nameOf(each),
    String(connections),
    writeNumber(perSecond(shop)),
    writeNumber(percentile(shop.latenciesMs, 0.5)),
    writeNumber(percentile(shop.latenciesMs, 0.99)),
    String(shop.failures.length),
    writeNumber(perSecond(reference)),
    writeNumber(ratioOf({ shop, reference })),
  ])
  const note = '  reference: the same requests to a bare Express route behind a bare proxy; ratio: shop to reference.'
  return `${writeTable(head, rows)}\n\n${note}`
}

function nameOf({ name, products }: BenchCase): string {
  return products === undefined ? name : `${name} of ${products}`
}

/** How much longer a read takes in the largest catalogue than in the smallest, with nothing else to do. */
function writeGrowth(measured: Measured[]): string {
  const sizes = measured.flatMap(({ case: { products } }) => products ?? []).sort((a, b) => a - b)
  const [smallest, largest] = [sizes.at(0), sizes.at(-1)]
  if (smallest === largest) return ''
  const alone = measured.filter(({ connections }) => connections === 1)
  const p50Of = (index: number, size: number | undefined) => {
    const found = alone.filter(({ case: { products } }) => products === size)[index]
    return found && percentile(found.shop.latenciesMs, 0.5)
  }
  // The same cases are measured at each size, in the same order; a deep page has another name in each.
  const rows = alone
    .filter(({ case: { products } }) => products === largest)
    .map(({ case: { name } }, index) => [name, p50Of(index, smallest), p50Of(index, largest)] as const)
    .map(([name, less, more]) => [
      name,
      ...[less, more, less && more && more / less].map((each) => writeNumber(each ?? null)),
    ])
  return rows.length === 0
    ? ''
    : writeTable(['p50 ms, 1 connection', String(smallest), String(largest), 'growth'], rows)
}

export function ratioOf({ shop, reference }: Pick<Measured, 'shop' | 'reference'>): number | null {
  return reference.count > 0 ? perSecond(shop) / perSecond(reference) : null
}

function writeParts(measured: Measured[]): string {
  const journeys = measured.filter(({ shop }) => Object.keys(shop.parts).length > 0)
  const names = [...new Set(journeys.flatMap(({ shop }) => Object.keys(shop.parts)))]
  if (names.length === 0) return ''
  const rows = journeys.map(({ case: each, connections, shop }) => [
    `${nameOf(each)} ${connections}`,
    ...names.map((name) => writeNumber(percentile(shop.parts[name] ?? [], 0.5))),
  ])
  return `  Parts of a purchase, median ms (looks: times that the customer looked until it was paid; webhook: its callback's answer):\n\n${writeTable(['case', ...names], rows)}`
}

function writeUse(measured: Measured[]): string {
  const told = measured.filter(({ use }) => use !== null)
  const names = told[0]?.use?.map(({ name }) => name) ?? []
  if (names.length === 0) return ''
  const rows = told.map(({ case: each, connections, shop, use }) => [
    `${nameOf(each)} ${connections}`,
    ...(use ?? []).map(({ seconds }) => writeNumber(shop.finished > 0 ? (seconds * 1000) / shop.finished : null)),
  ])
  return `  Processor time per request or journey, ms (load: what makes the load):\n\n${writeTable(['case', ...names], rows)}`
}

function writeMemoryTable({ idle, after }: Figures['memory']): string {
  const megabytes = (bytes: number | undefined) => (bytes === undefined ? '–' : (bytes / 1e6).toFixed(0))
  const rows = idle.map(({ name, bytes }) => [
    name,
    megabytes(bytes),
    megabytes(after.find((each) => each.name === name)?.bytes),
  ])
  return `  Resident memory, MB (PostgreSQL: shared memory counted once):\n\n${writeTable(['process', 'idle before', 'after the load'], rows)}`
}

const shownLines = 20

export function writeList(title: string, lines: string[]): string {
  return lines.length > 0 ? [`  ${title}:`, ...lines.slice(0, shownLines).map((line) => `  ${line}`)].join('\n') : ''
}

function listFailures({ case: each, connections, shop, reference }: Measured): string[] {
  const name = nameOf(each)
  return [
    ...countKinds(shop.failures).map((kind) => `${name} ${connections}: ${kind}`),
    ...countKinds(reference.failures).map((kind) => `${name} ${connections}, reference: ${kind}`),
  ]
}

function countKinds(failures: Failure[]): string[] {
  const kinds = new Map<string, Failure[]>()
  for (const failure of failures) kinds.set(failure.what, [...(kinds.get(failure.what) ?? []), failure])
  return [...kinds].map(([what, all]) => {
    const { requestId } = all.find((each) => each.requestId) ?? {}
    return `${all.length} × ${what}${requestId ? ` (request ${requestId})` : ''}`
  })
}
