import { writeCovers, writeResults } from '../audit/write-report'
import type { Verdict } from './run-proof'

const shownComplaints = 12

/** The table, what is wrong, and the seed. */
export function writeVerdict(verdict: Verdict): string {
  const { options, memory, totals, results, broken, report, violations } = verdict
  const covers = writeCovers(results)
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
    covers && `Waiting for a provider or a person\n${covers}`,
    [...broken.map((what) => `BROKEN PROMISE: ${what}`), ...report].join('\n'),
    `Seed ${options.seed}, ${options.customers} customers, ${options.seconds} s: ${violations} violations.`,
  ]
  return sections.filter(Boolean).join('\n\n')
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
