import { isViolation } from '../audit/finding'
import { writeOpen, writeResults } from '../audit/write-report'
import type { Verdict } from './run-proof'
import { endsByItself } from './wait-for-quiet'

const shownComplaints = 12

/** The table, what is wrong, and the seed. */
export function writeVerdict(verdict: Verdict): string {
  const { options, memory, totals, results, broken, report, violations } = verdict
  const faults = memory.list('fault.')
  const sections = [
    writeRows('What was bought', [
      ['orders', sum(totals.orders), list(totals.orders)],
      ['payments', sum(totals.payments), list(totals.payments)],
      ['callbacks kept', sum(totals.callbacks), list(totals.callbacks)],
      ['reviews', totals.reviews, `${memory.counted('decisions')} decided`],
      ['stock units', sum(totals.units), `${list(totals.units)}, of ${totals.products} products`],
      [
        'acknowledged',
        memory.orders.size,
        `orders, ${memory.payments.size} payments, ${memory.cancelled.size} cancellations, ${memory.refunds.size} refunds, ${memory.restocks.size} deliveries`,
      ],
      [
        'given back',
        memory.counted('refunded in the dashboard') + memory.reversed.size,
        `past the shop: ${memory.counted('refunded in the dashboard')} in the dashboard, ${memory.reversed.size} in the portal`,
      ],
      ['replays', memory.counted('replays'), 'of a request with its Idempotency-Key'],
      ['forgeries', memory.counted('forgeries'), 'callbacks, events and amounts'],
    ]),
    writeRows(
      'How',
      memory.list('journey.').map(([name, count]) => [name, count, '']),
    ),
    writeRows('Faults', [
      ['all', faults.reduce((all, [, count]) => all + count, 0), ''],
      ...faults.map(([name, count]): Row => [name, count, '']),
    ]),
    writeRows('What customers were told instead', complaints(verdict)),
    writeResults(results),
    ...writeWaiting(verdict),
    [...broken.map((what) => `BROKEN PROMISE: ${what}`), ...report].join('\n'),
    `Seed ${options.seed}, ${options.customers} customers, ${options.seconds} s: ${violations} violations.`,
  ]
  return sections.filter(Boolean).join('\n\n')
}

/** What is open and no violation, by whoever has the next word. */
function writeWaiting({ results, options, totals }: Verdict): string[] {
  const open = results.flatMap(({ findings }) => findings.filter((each) => !isViolation(each)))
  const [unfinished, decided] = [open.filter(endsByItself), open.filter((each) => !endsByItself(each))]
  return [
    unfinished.length > 0 ? `Not finished within ${options.quietSeconds} s\n${writeOpen(unfinished)}` : '',
    writeReviews(totals.openReviews),
    decided.length > 0 ? `Left to a person, or to a callback that may never come\n${writeOpen(decided)}` : '',
  ]
}

function writeReviews(openReviews: Record<string, number>): string {
  const lines = Object.entries(openReviews).map(([what, count]) => `  ${count} × ${what}`)
  return lines.length > 0 ? ['Reviews that a person has to decide', ...lines].join('\n') : ''
}

type Row = [string, number, string]

function complaints({ memory }: Verdict): Row[] {
  const all = [
    ...memory.list('error.'),
    ...memory.list('not placed.').map(([what, count]): [string, number] => [`no order: ${what}`, count]),
    ...memory.list('not asked.').map(([what, count]): [string, number] => [`no prompt: ${what}`, count]),
    ['no answer', memory.counted('silence')] as [string, number],
  ]
  return all
    .sort(([, a], [, b]) => b - a)
    .slice(0, shownComplaints)
    .map(([what, count]) => [what, count, ''])
}

function writeRows(title: string, rows: Row[]): string {
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, count, detail]) =>
    `  ${name.padEnd(width)} ${String(count).padStart(8)}  ${detail}`.trimEnd(),
  )
  return [title, ...lines].join('\n')
}

function sum(record: Record<string, number>): number {
  return Object.values(record).reduce((all, count) => all + count, 0)
}

function list(record: Record<string, number>): string {
  return Object.entries(record)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
}
