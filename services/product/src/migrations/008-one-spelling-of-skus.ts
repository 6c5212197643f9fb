import type { Migration } from '@duka/kit'

/** What `skuKey` of the contract is in the database: `COLLATE "C"` knows the letters A to Z alone, whatever the locale. */
export const oneSpellingOfSkus: Migration = {
  name: '008-one-spelling-of-skus',
  up: `
    CREATE FUNCTION sku_key(p_sku text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT lower(regexp_replace(p_sku COLLATE "C", '\\s+', ' ', 'g'))
    $$;
    DO $$
    DECLARE v_double text;
    BEGIN
      SELECT string_agg(skus, '; ') INTO v_double FROM (
        SELECT string_agg(sku, ' and ' ORDER BY created_at) AS skus FROM products
        GROUP BY sku_key(sku) HAVING count(*) > 1 LIMIT 10) AS doubles;
      IF v_double IS NOT NULL THEN
        RAISE EXCEPTION 'Products must have skus that differ in more than case and spaces, so give one of each of these another one first (UPDATE products SET sku = …): %', v_double;
      END IF;
    END $$;
    CREATE UNIQUE INDEX products_sku_once ON products (sku_key(sku));`,
  down: `
    DROP INDEX products_sku_once;
    DROP FUNCTION sku_key(text);`,
}
