import { type productContract as contract, type InputOf, toDecimal, toMinor } from '@duka/contracts'
import { validationFailed } from '@duka/kit'
import type { Binds } from './binds'
import type { Search } from './search'

export type Query = InputOf<typeof contract.listProducts>['query']

/** Throws a 400 Problem where the limits of the price leave nothing between them. */
export function checkPrices({ minPrice, maxPrice }: Query): void {
  if (minPrice && maxPrice && toMinor(minPrice) > toMinor(maxPrice)) {
    throw validationFailed([{ path: 'minPrice', message: 'must not be more than maxPrice' }])
  }
}

/** The conditions on what is listed, but for the search. The indexes are made for these very expressions. */
export function buildFilter(query: Query, { add }: Binds): string {
  const conditions = ['is_active']
  if (query.category) conditions.push(`category = ${add(query.category)}`)
  if (query.minPrice) conditions.push(`price >= ${add(toDecimal(toMinor(query.minPrice)))}::numeric`)
  if (query.maxPrice) conditions.push(`price <= ${add(toDecimal(toMinor(query.maxPrice)))}::numeric`)
  if (query.inStock !== undefined) conditions.push(query.inStock ? 'in_stock' : 'NOT in_stock')
  return conditions.join(' AND ')
}

/** More products whose sku begins alike are not looked for. */
const maxSkuHits = 500

/**
 * The condition that a searched text sets. `name_search` holds the words of the name alone. Skus are looked up first: of
 * a pattern PostgreSQL believes that one row in 200 matches, and would then walk an order's index to find a rare word.
 */
export function buildMatch(search: Search, { add }: Binds, column: 'search' | 'name_search' = 'search'): string {
  const bySku = `SELECT id FROM products WHERE is_active AND lower(sku) LIKE lower(${add(search.sku)})
    ORDER BY lower(sku) USING ~<~ LIMIT ${maxSkuHits}`
  return `(${column} @@ ${search.parser}('english', ${add(search.words)}) OR id = ANY (ARRAY(${bySku})))`
}
