import { type Binds, createBinds } from './binds'
import {
  buildCategory,
  buildFilter,
  buildMatch,
  buildPrices,
  buildTerms,
  type Query,
  type Words,
} from './product-filter'
import { cursorKeyOf, type Sort } from './product-sorts'
import type { Search } from './search'

/** What is prepared is planned once, for whatever values; of such texts there may only be few. */
export type Statement = [sql: string, bind: unknown[], isPrepared?: boolean]
/** A place in an order: the key and the id of a row. */
export type Place = readonly [key: string, id: string]

export interface Asked {
  query: Query
  search: Search | null
  words: Words
}

/** A stretch of the products that are asked for, in an order that an index gives. */
export interface Stretch extends Asked {
  sort: Sort
  after: Place | null
  offset: number
  limit: number
  /** What is given of each row; null for its id alone. */
  columns: string | null
}

/** The rows that follow each other in an index. The length is a part of the text: PostgreSQL plans worse for an unknown one. */
export function indexStatement(stretch: Stretch, length: number): Statement {
  const binds = createBinds()
  const { columns, query, sort } = stretch
  const where = `${buildFilter(query, binds)}${beyond(stretch, binds)}`
  const sql = `SELECT ${columns ?? 'id'} FROM products WHERE ${where} ORDER BY ${orderOf(sort)} LIMIT ${length}`
  return [sql, binds.values, query.minPrice === undefined && query.maxPrice === undefined]
}

/** Along the order's index, as far as it takes. The index has all that is filtered by, and only what is given is looked up. */
export function orderStatement(stretch: Stretch): Statement {
  const binds = createBinds()
  const where = `${buildFilter(stretch.query, binds)}${beyond(stretch, binds)}`
  const page = `SELECT id AS hit FROM products WHERE ${where} ${ordered(stretch, binds)}`
  return [lookUp(stretch, `SELECT hit FROM (${page}) AS page`), binds.values]
}

/** What a search finds among the first so many rows of the order. */
export function nearestStatement(stretch: Stretch, depth: number): Statement {
  const binds = createBinds()
  const { query, sort, search, words, columns } = stretch
  const along = `SELECT * FROM products WHERE ${alongIndex(stretch, binds)}
    ORDER BY ${orderOf(sort)} LIMIT ${binds.add(depth)}`
  const match = search ? ` AND ${buildMatch(search, binds, words)}` : ''
  const where = `${buildFilter(query, binds)}${match}`
  return [`SELECT ${columns ?? 'id'} FROM (${along}) AS near WHERE ${where} ${ordered(stretch, binds)}`, binds.values]
}

/**
 * All that is asked for, sorted, up to a place in the order. Where there is a `maxFound`, `found` is how much there is,
 * counted up to one more. The hits are planned for as if all of them were read, or else PostgreSQL would bet on finding some early.
 */
export function hitsStatement(stretch: Stretch, maxFound: number | null, until: Place | null = null): Statement {
  const binds = createBinds()
  const { query, search, words, sort } = stretch
  const end = until
    ? ` AND (${sort.key}, id) ${sort.direction === 'ASC' ? '<=' : '>='} ${place(sort, until, binds)}`
    : ''
  const where = `${buildTerms(query, search, binds, words)}${beyond(stretch, binds)}${end}`
  const hits = `WITH hits AS MATERIALIZED (SELECT id, ${sort.key} FROM products WHERE ${where})`
  const page =
    maxFound === null
      ? `${hits} SELECT id AS hit FROM hits ${ordered(stretch, binds)}`
      : `${hits}, counted AS (SELECT *, count(*) OVER ()::int AS found
          FROM (SELECT * FROM hits LIMIT ${binds.add(maxFound + 1)}) AS first_hits)
        SELECT id AS hit, found FROM counted ${ordered(stretch, binds)}`
  return [lookUp(stretch, page), binds.values]
}

/** Where the order is after so many rows, whatever they are; no row where it ends before. */
export function placeStatement(stretch: Stretch, depth: number): Statement {
  const binds = createBinds()
  const { sort } = stretch
  const sql = `SELECT ${cursorKeyOf(sort)} AS cursor_key, id FROM products WHERE ${alongIndex(stretch, binds)}
    ORDER BY ${orderOf(sort)} LIMIT 1 OFFSET ${binds.add(depth)}`
  return [sql, binds.values]
}

/** What PostgreSQL knows of how many there are. */
export function guessStatement({ query, search, words }: Asked): Statement {
  const binds = createBinds()
  return [`EXPLAIN (FORMAT JSON) SELECT 1 FROM products WHERE ${buildTerms(query, search, binds, words)}`, binds.values]
}

/** The conditions that the order's own index leads past. */
function alongIndex(stretch: Stretch, binds: Binds): string {
  const { query, sort } = stretch
  const prices = sort.key === 'price' ? buildPrices(query, binds) : ''
  return `${buildCategory(query, binds)}${prices}${beyond(stretch, binds)}`
}

function beyond({ sort, after }: Stretch, binds: Binds): string {
  return after ? ` AND (${sort.key}, id) ${sort.direction === 'ASC' ? '>' : '<'} ${place(sort, after, binds)}` : ''
}

function place({ type }: Sort, [key, id]: Place, { add }: Binds): string {
  return `(${add(key)}::${type}, ${add(id)}::uuid)`
}

function ordered({ sort, limit, offset }: Stretch, { add }: Binds): string {
  return `ORDER BY ${orderOf(sort)} LIMIT ${add(limit)} OFFSET ${add(offset)}`
}

function orderOf({ key, direction }: Sort): string {
  return `${key} ${direction}, id ${direction}`
}

function lookUp({ columns, sort }: Stretch, page: string): string {
  if (columns === null) return `SELECT hit AS id, page.* FROM (${page}) AS page`
  return `SELECT ${columns}, page.* FROM (${page}) AS page JOIN products ON id = hit ORDER BY ${orderOf(sort)}`
}
