import type { Run } from './run'

/** A searched text, ready for a statement. User's text is never parsed as a tsquery, nor its wildcards as wildcards. */
export interface Search {
  text: string
  parser: 'asked_words' | 'to_tsquery'
  words: string
  /** The products that it finds by their sku. */
  skuHits: string[]
}

const maxCorrectedWords = 8
const nearestPerWord = 5
/** More products whose sku begins alike are not looked for. */
const maxSkuHits = 500

/** What is looked for first: the words as they are, or the whole sku. */
export async function searchAsWritten(run: Run, text: string): Promise<Search> {
  return { text, parser: 'asked_words', words: text, skuHits: await findBySku(run, escapeWildcards(text)) }
}

export const nearestWords = `
  SELECT asked, word FROM
    (SELECT asked FROM words_of($1) AS asked ORDER BY asked LIMIT ${maxCorrectedWords}) AS words,
    LATERAL (
      SELECT word FROM search_words WHERE word % asked OR word LIKE '%' || asked || '%'
      ORDER BY word = asked DESC, word LIKE '%' || asked || '%' DESC, similarity(word, asked) DESC, word
      LIMIT ${nearestPerWord}) AS nearest`

interface NearWord {
  asked: string
  word: string
}

/** What is looked for where nothing was found: the beginning of a sku, and for each unknown word those most like it. */
export async function searchCorrected(run: Run, text: string): Promise<Search> {
  const [near, skuHits] = await Promise.all([
    run<NearWord>(nearestWords, [text]),
    findBySku(run, `${escapeWildcards(text)}%`),
  ])
  return { text, parser: 'to_tsquery', words: combine(near), skuHits }
}

async function findBySku(run: Run, pattern: string): Promise<string[]> {
  const rows = await run<{ id: string }>(
    `SELECT id FROM products WHERE is_active AND lower(sku) LIKE lower($1)
     ORDER BY lower(sku) USING ~<~ LIMIT ${maxSkuHits}`,
    [pattern],
  )
  return rows.map(({ id }) => id)
}

/** One of the nearest to each word, for all words. A word that is known stands for itself. */
function combine(near: NearWord[]): string {
  const byAsked = new Map<string, string[]>()
  for (const { asked, word } of near) {
    const words = byAsked.get(asked) ?? []
    if (words[0] !== asked) byAsked.set(asked, [...words, word])
  }
  return [...byAsked.values()].map((words) => `(${words.join(' | ')})`).join(' & ')
}

function escapeWildcards(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}
