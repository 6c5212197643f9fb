import type { Migration } from '@duka/kit'

/**
 * Makes the words of the products from before anew, a few hundred at a time, while others sell them. Only what changes is
 * written, and locked in the order of ids like everywhere else.
 */
export const remakeWords: Migration = {
  name: '011-remake-words',
  up: {
    repeated: `
      WITH page AS (
        SELECT id, name FROM products WHERE id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')
        ORDER BY id LIMIT 500),
      stale AS (
        SELECT id FROM products
        WHERE id IN (SELECT id FROM page) AND search <> product_words(name, description)
        ORDER BY id FOR NO KEY UPDATE),
      remade AS (
        UPDATE products SET search = product_words(name, description), name_search = name_words(name)
        WHERE id IN (SELECT id FROM stale)),
      known AS (
        INSERT INTO search_words (word)
        SELECT DISTINCT word FROM page, words_of(name) AS word WHERE name COLLATE "C" ~ '[^\\u0001-\\u007e]'
        ORDER BY word ON CONFLICT DO NOTHING)
      SELECT id AS next FROM page ORDER BY id DESC LIMIT 1`,
  },
  // The words went with their columns' triggers, in the step before.
  down: 'SELECT 1',
}
