import { createBinds } from './binds'
import { guessHits } from './find-stretch'
import type { Count, Counts } from './keep-counts'
import type { Statement } from './page-statement'
import { buildFilter, buildMatch, buildTerms, type Query } from './product-filter'
import type { Run } from './run'
import type { Search } from './search'

/** Nobody leafs through more hits of a search than these; beyond, `totalProducts` stops counting. */
const maxCountedHits = 10_000
/** Of a word that so large a part of the catalogue has, the newest few products have as many as are counted. */
const commonShare = 0.3

const everything: Query = { page: 1, limit: 1 }

/** How many products there are to list. */
export function countProducts(run: Run, counts: Counts, query: Query, search: Search | null): Promise<Count> {
  if (!search) {
    const statement = countStatement(query)
    return counts.count(JSON.stringify(statement), () => readTotal(run, statement))
  }
  const key = JSON.stringify([countHitsStatement(query, search), search.text])
  return counts.count(key, () => countHits(run, counts, query, search))
}

async function countHits(run: Run, counts: Counts, query: Query, search: Search): Promise<number> {
  if (await isCommon(run, counts, query, search)) {
    const total = await readTotal(run, countNewestStatement(query, search))
    if (total === maxCountedHits) return total
  }
  return readTotal(run, countHitsStatement(query, search))
}

async function isCommon(run: Run, counts: Counts, query: Query, search: Search): Promise<boolean> {
  const [hits, all] = await Promise.all([
    guessHits(run, { query, search, words: 'search' }),
    counts.count('about all', () => guessHits(run, { query: everything, search: null, words: 'search' })),
  ])
  return hits >= commonShare * all.total
}

async function readTotal(run: Run, statement: Statement): Promise<number> {
  const [row] = await run<{ total: number }>(...statement)
  return row?.total ?? 0
}

function countStatement(query: Query): Statement {
  const binds = createBinds()
  return [`SELECT count(*)::int AS total FROM products WHERE ${buildFilter(query, binds)}`, binds.values]
}

/** Planned for all hits, of which no more are read than are counted. */
function countHitsStatement(query: Query, search: Search): Statement {
  const binds = createBinds()
  const hits = `SELECT id FROM products WHERE ${buildTerms(query, search, binds, 'search')}`
  const counted = `SELECT 1 FROM hits LIMIT ${binds.add(maxCountedHits)}`
  return [
    `WITH hits AS MATERIALIZED (${hits}) SELECT count(*)::int AS total FROM (${counted}) AS counted`,
    binds.values,
  ]
}

function countNewestStatement(query: Query, search: Search): Statement {
  const binds = createBinds()
  const newest = `SELECT * FROM products WHERE is_active ORDER BY created_at DESC, id DESC 
    LIMIT ${binds.add(Math.ceil(maxCountedHits / commonShare))}`
  const where = `${buildFilter(query, binds)} AND ${buildMatch(search, binds, 'search')}`
  const hits = `SELECT 1 FROM (${newest}) AS newest WHERE ${where} LIMIT ${binds.add(maxCountedHits)}`
  return [`SELECT count(*)::int AS total FROM (${hits}) AS hits`, binds.values]
}
