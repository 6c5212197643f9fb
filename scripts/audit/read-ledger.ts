import { createShopClient } from '../demo-shop/shop-client'
import { OperatorError } from '../operator-error'

interface Page<Entry, Sums> {
  entries: Entry[]
  next: string | null
  dropped: Sums
}

export interface Ledger<Entry, Sums> {
  entries: Entry[]
  /** What the simulator no longer lists. */
  dropped: Sums
}

const simulator = { what: 'simulator', hint: ' Give its address with --daraja or --stripe.' }
const pageLength = 5000
/** More than a simulator keeps. */
const maxPages = 100

/** Reads a simulator's whole ledger, page by page. Throws an OperatorError where it does not answer. */
export async function readLedger<Entry, Sums>(url: string): Promise<Ledger<Entry, Sums>> {
  const client = createShopClient(url, simulator)
  const entries: Entry[] = []
  let after: string | undefined
  for (let page = 1; page <= maxPages; page++) {
    const path = `/control/ledger?limit=${pageLength}${after ? `&after=${encodeURIComponent(after)}` : ''}`
    const answer = await client.send<Page<Entry, Sums>>('GET', path)
    if (answer.status !== 200) throw new OperatorError(`${url}${path} answered ${answer.status}: is it a simulator?`)
    entries.push(...answer.body.entries)
    if (!answer.body.next) return { entries, dropped: answer.body.dropped }
    after = answer.body.next
  }
  throw new OperatorError(`The ledger at ${url} does not end.`)
}
