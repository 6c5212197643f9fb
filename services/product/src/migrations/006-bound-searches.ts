import type { Migration } from '@duka/kit'

/**
 * What a search and its filters have in common is found within one index, without a look at the table: the words of a
 * product, its category and whether there is any of it stand in one list of terms. The other indexes give an order, and
 * carry what its filters need. An older version answers as before meanwhile, but its searches read more.
 */
export const boundSearches: Migration = {
  name: '006-bound-searches',
  up: `
    -- No text that is searched for can have the character 1 in a word. What is off sale has no terms.
    CREATE FUNCTION terms_on_sale(p_words tsvector, p_category text, p_in_stock boolean, p_is_active boolean)
      RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT CASE WHEN p_is_active THEN p_words || array_to_tsvector(ARRAY[
        chr(1) || 'c' || coalesce(p_category, ''), chr(1) || CASE WHEN p_in_stock THEN 'in' ELSE 'out' END]) END
    $$;

    -- Not partial: of a partial index, PostgreSQL does not use what it knows of its expression.
    CREATE INDEX products_terms ON products USING gin (terms_on_sale(search, category, in_stock, is_active));
    CREATE INDEX products_name_terms ON products USING gin (terms_on_sale(name_search, category, in_stock, is_active));
    ALTER INDEX products_terms ALTER COLUMN 1 SET STATISTICS 1000;
    ALTER INDEX products_name_terms ALTER COLUMN 1 SET STATISTICS 1000;
    DROP INDEX products_search, products_name_search;

    DROP INDEX products_newest, products_price, products_name,
      products_category, products_category_price, products_category_name;
    CREATE INDEX products_newest ON products (created_at DESC, id DESC) INCLUDE (in_stock, price) WHERE is_active;
    CREATE INDEX products_price ON products (price, id) INCLUDE (in_stock) WHERE is_active;
    CREATE INDEX products_name ON products (name, id) INCLUDE (in_stock, price) WHERE is_active;
    CREATE INDEX products_category ON products (category, created_at DESC, id DESC) INCLUDE (in_stock, price)
      WHERE is_active;
    CREATE INDEX products_category_price ON products (category, price, id) INCLUDE (in_stock) WHERE is_active;
    CREATE INDEX products_category_name ON products (category, name, id) INCLUDE (in_stock, price) WHERE is_active;
    -- Of a price that few ask for, 100 steps say too little.
    ALTER TABLE products ALTER COLUMN price SET STATISTICS 1000;
    ANALYZE products;`,
  down: `
    ALTER TABLE products ALTER COLUMN price SET STATISTICS -1;
    DROP INDEX products_terms, products_name_terms, products_newest, products_price, products_name,
      products_category, products_category_price, products_category_name;
    DROP FUNCTION terms_on_sale(tsvector, text, boolean, boolean);
    CREATE INDEX products_newest ON products (created_at DESC, id DESC) WHERE is_active;
    CREATE INDEX products_price ON products (price, id) WHERE is_active;
    CREATE INDEX products_name ON products (name, id) WHERE is_active;
    CREATE INDEX products_category ON products (category, created_at DESC, id DESC) WHERE is_active;
    CREATE INDEX products_category_price ON products (category, price, id) WHERE is_active;
    CREATE INDEX products_category_name ON products (category, name, id) WHERE is_active;
    CREATE INDEX products_search ON products USING gin (search);
    CREATE INDEX products_name_search ON products USING gin (name_search) WHERE is_active;`,
}
