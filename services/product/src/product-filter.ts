import { type productContract as contract, type InputOf, toDecimal, toMinor } from '@duka/contracts'
import { validationFailed } from '@duka/kit'
import type { Binds } from './binds'
import type { Search } from './search'

export type Query = InputOf<typeof contract.listProducts>['query']
/** Which words count: all of a product, or those of its name. */
export type Words = 'search' | 'name_search'

/** Throws a 400 Problem where the limits of the price leave nothing between them. */
export function checkPrices({ minPrice, maxPrice }: Query): void {
  if (minPrice && maxPrice && toMinor(minPrice) > toMinor(maxPrice)) {
    throw validationFailed([{ path: 'minPrice', message: 'must not be more than maxPrice' }])
  }
}

/** The conditions on what is listed, but for the search. The indexes are made for these very expressions. */
export function buildFilter(query: Query, binds: Binds): string {
  const stock = query.inStock === undefined ? '' : query.inStock ? ' AND in_stock' : ' AND NOT in_stock'
  return `${buildCategory(query, binds)}${buildPrices(query, binds)}${stock}`
}

export function buildCategory({ category }: Query, { add }: Binds): string {
  return category ? `is_active AND category = ${add(category)}` : 'is_active'
}

/** What a range of prices adds to other conditions. */
export function buildPrices({ minPrice, maxPrice }: Query, { add }: Binds): string {
  const from = minPrice ? ` AND price >= ${add(toDecimal(toMinor(minPrice)))}::numeric` : ''
  const to = maxPrice ? ` AND price <= ${add(toDecimal(toMinor(maxPrice)))}::numeric` : ''
  return from + to
}

/** The condition that a searched text sets, for rows that are at hand. */
export function buildMatch(search: Search, binds: Binds, words: Words): string {
  return `(${words} @@ ${wanted(search, binds)} OR id = ANY (${binds.add(search.skuHits)}::uuid[]))`
}

export function wanted({ parser, words }: Search, { add }: Binds): string {
  return parser === 'asked_words' ? `asked_words(${add(words)})` : `to_tsquery('english', ${add(words)})`
}

/**
 * Filter and search as one look into the index of terms, which holds what they have in common. So nothing is read that
 * has only some of it, as with a common word that no product of a big category has.
 */
export function buildTerms(query: Query, search: Search | null, binds: Binds, words: Words): string {
  const shelf = shelfTerms(query)
  if (!search && query.inStock === undefined) return buildFilter(query, binds)
  const terms = `terms_on_sale(${words}, category, in_stock, is_active)`
  const onShelf = shelf && `${binds.add(shelf)}::tsquery`
  const prices = `is_active${buildPrices(query, binds)}`
  if (!search) return `${prices} AND ${terms} @@ ${onShelf}`
  const asked = wanted(search, binds)
  // A search without a word finds nothing, not the whole shelf.
  const match = onShelf ? `numnode(${asked}) > 0 AND ${terms} @@ (${asked} && ${onShelf})` : `${terms} @@ ${asked}`
  if (search.skuHits.length === 0) return `${prices} AND ${match}`
  const bySku = `id = ANY (${binds.add(search.skuHits)}::uuid[]) AND ${buildFilter(query, binds)}`
  return `${prices} AND (${match} OR ${bySku})`
}

/** As the function terms_on_sale makes them, and quoted as a tsquery wants them. */
function shelfTerms({ category, inStock }: Query): string {
  const terms: string[] = []
  if (category) terms.push(`c${category}`)
  if (inStock !== undefined) terms.push(inStock ? 'in' : 'out')
  return terms.map((term) => `'\u0001${term.replace(/['\\]/g, '$&$&')}'`).join(' & ')
}
