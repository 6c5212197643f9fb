import { queryRows } from '@duka/kit'
import type { Deps } from './deps'

/** A searched text, ready for a statement. User's text is never parsed as a tsquery, nor its wildcards as wildcards. */
export interface Search {
  text: string
  parser: 'websearch_to_tsquery' | 'to_tsquery'
  words: string
  /** A LIKE pattern. */
  sku: string
}

const maxCorrectedWords = 8
const nearestPerWord = 5

/** What is looked for first: the words as they are, or the whole sku. */
export function searchAsWritten(text: string): Search {
  return { text, parser: 'websearch_to_tsquery', words: text, sku: escapeWildcards(text) }
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
export async function searchCorrected({ database }: Pick<Deps, 'database'>, text: string): Promise<Search> {
  const near = await queryRows<NearWord>(database, nearestWords, [text])
  return { text, parser: 'to_tsquery', words: combine(near), sku: `${escapeWildcards(text)}%` }
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
