import type { StripeObject } from './objects'
import { noSuch } from './stripe-error'

type Bounds = { gt?: number; gte?: number; lt?: number; lte?: number }
type Page = { limit: number; starting_after?: string; ending_before?: string; created?: number | Bounds }

export type List<Item> = { object: 'list'; data: Item[]; has_more: boolean; url: string }

/**
 * One page, the newest first, also with `ending_before`: that is the page just newer than the cursor, and the official
 * client turns each one round so that iterating goes forward in time.
 */
export function listObjects<Item extends StripeObject>(
  url: string,
  table: ReadonlyMap<string, Item>,
  page: Page,
  matches: (item: Item) => boolean = () => true,
): List<Item> {
  const cursor = page.ending_before ?? page.starting_after
  if (cursor !== undefined && !table.has(cursor)) {
    throw noSuch(
      url.slice('/v1/'.length, -1),
      cursor,
      page.ending_before === undefined ? 'starting_after' : 'ending_before',
    )
  }
  const all = [...table.values()]
  const at = all.findIndex(({ id }) => id === cursor)
  const older = page.ending_before === undefined
  const side = cursor === undefined ? all : older ? all.slice(0, at) : all.slice(at + 1)
  const found = side.filter((item) => isCreated(item, page.created) && matches(item))
  const data = older ? found.slice(-page.limit) : found.slice(0, page.limit)
  return { object: 'list', data: data.reverse(), has_more: found.length > page.limit, url }
}

function isCreated({ created }: StripeObject, wanted: Page['created']): boolean {
  if (wanted === undefined) return true
  if (typeof wanted === 'number') return created === wanted
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = wanted
  return created > gt && created >= gte && created < lt && created <= lte
}
