import type { Migration } from '@duka/kit'

/**
 * What the lists of a big catalogue need. Nothing here indexes `stock` itself: an UPDATE that changes no indexed column
 * stays within its page (HOT), and reserving changes nothing but stock. The columns that are derived of it change only
 * when the shelf runs low or empty.
 */
export const createSearch: Migration = {
  name: '004-create-search',
  up: `
    CREATE EXTENSION IF NOT EXISTS pg_trgm;

    ALTER TABLE products
      ADD COLUMN name_search tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('english', name)) STORED,
      ADD COLUMN in_stock boolean NOT NULL GENERATED ALWAYS AS (stock > 0) STORED,
      ADD COLUMN low_stock integer GENERATED ALWAYS AS (CASE WHEN stock <= 100 THEN stock END) STORED;
    -- With the default, a word that no product has counts as one in 200, and is looked for along the newest products.
    ALTER TABLE products ALTER COLUMN search SET STATISTICS 1000, ALTER COLUMN name_search SET STATISTICS 1000;

    CREATE INDEX products_name_search ON products USING gin (name_search) WHERE is_active;
    CREATE INDEX products_sku_search ON products (lower(sku) text_pattern_ops) WHERE is_active;
    CREATE INDEX products_category_price ON products (category, price, id) WHERE is_active;
    CREATE INDEX products_category_name ON products (category, name, id) WHERE is_active;
    CREATE INDEX products_sold_out ON products (created_at DESC, id DESC) WHERE is_active AND NOT in_stock;
    CREATE INDEX products_low_stock ON products (low_stock, id) WHERE is_active AND low_stock IS NOT NULL;
    -- Every filter but the search can be counted in it, without a look at the table.
    CREATE INDEX products_counts ON products (category, in_stock, price) WHERE is_active;

    -- The words of all names, to correct a misspelt one. A word stays when its last product goes: then it finds nothing.
    CREATE TABLE search_words (word text PRIMARY KEY);
    CREATE INDEX search_words_trigrams ON search_words USING gin (word gin_trgm_ops);

    CREATE FUNCTION words_of(p_name text) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
      SELECT word FROM unnest(tsvector_to_array(to_tsvector('simple', p_name))) AS word
      WHERE word ~ '^[[:alnum:]]{3,40}$' AND word ~ '[[:alpha:]]'
    $$;

    -- In the order of the words, so that two who add the same ones do not wait for each other.
    CREATE FUNCTION keep_words_of_new_products() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO search_words (word)
        SELECT DISTINCT fresh.word FROM added, words_of(name) AS fresh (word)
        WHERE NOT EXISTS (SELECT 1 FROM search_words known WHERE known.word = fresh.word)
        ORDER BY fresh.word ON CONFLICT DO NOTHING;
      RETURN NULL;
    END $$;
    CREATE FUNCTION keep_words_of_new_name() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO search_words (word) SELECT word FROM words_of(NEW.name) AS word ORDER BY word ON CONFLICT DO NOTHING;
      RETURN NULL;
    END $$;
    CREATE TRIGGER keep_words_of_new_products AFTER INSERT ON products REFERENCING NEW TABLE AS added
      FOR EACH STATEMENT EXECUTE FUNCTION keep_words_of_new_products();
    CREATE TRIGGER keep_words_of_new_name AFTER UPDATE OF name ON products
      FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION keep_words_of_new_name();
    INSERT INTO search_words (word) SELECT DISTINCT word FROM products, words_of(name) AS word;`,
  down: `
    DROP TRIGGER keep_words_of_new_name ON products;
    DROP TRIGGER keep_words_of_new_products ON products;
    DROP FUNCTION keep_words_of_new_name(), keep_words_of_new_products(), words_of(text);
    DROP TABLE search_words;
    DROP INDEX products_sku_search, products_category_price, products_category_name;
    ALTER TABLE products DROP COLUMN name_search, DROP COLUMN in_stock, DROP COLUMN low_stock;
    ALTER TABLE products ALTER COLUMN search SET STATISTICS -1;
    DROP EXTENSION pg_trgm;`,
}
