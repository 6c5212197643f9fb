import type { Migration } from '@duka/kit'

/** What Unicode calls default ignorable, and annotations: nobody sees them. `cleanCode` of the contracts takes the same away. */
const unseen = `\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff`
const controls = '\\u0001-\\u0008\\u000e-\\u001f\\u007f-\\u0084\\u0086-\\u009f'
const spaces = '\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'

/** What a category may have besides, because it joins what is seen. */
const joining = '\\u200c\\u200d\\ufe00-\\ufe0f\\U000e0020-\\U000e007f'

function clean(text: string, keep = ''): string {
  const dropped = keep ? `(?![${keep}])[${unseen}${controls}]` : `[${unseen}${controls}]`
  const shown = `normalize(regexp_replace(normalize(${text}, NFC), '${dropped}', '', 'g'), NFC)`
  return `btrim(regexp_replace(${shown}, '[${spaces}]+', ' ', 'g'))`
}

const notPlain = '[^ -~]|  |^ | $'

/** Sets what is the default, so that every session reads the index's expression anew: they keep it with the function inlined. */
const readKeyAnew = 'ALTER INDEX products_sku_once SET (fillfactor = 90);'

/** Whatever is not plain already; what nobody could see at all is called by its id. */
const cleanedSkus = `
  (SELECT id, sku, lower(sku COLLATE "C") AS key FROM
    (SELECT id, coalesce(nullif(clean_code(sku), ''), id::text) AS sku FROM products WHERE sku ~ '${notPlain}') AS shown) AS cleaned`

/** There are few categories, and many products in each. */
const cleanedCategories = `
  (SELECT was, nullif(${clean('was', joining)}, '') AS category FROM
    (SELECT DISTINCT category AS was FROM products) AS known WHERE was ~ '${notPlain}') AS cleaned`

/**
 * Skus and categories in the form in which they come in from now on (NFC, without what is not seen), so that what looks
 * alike is one. Skus are brought to it before their key is, so their unique index holds what the new key gives. Where two
 * products would become one, nothing is changed and both are named.
 */
export const oneFormOfTexts: Migration = {
  name: '009-one-form-of-texts',
  up: `
    LOCK TABLE products IN SHARE ROW EXCLUSIVE MODE;
    CREATE FUNCTION clean_code(p_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT ${clean('p_text')}
    $$;
    DO $$
    DECLARE v_double text;
    BEGIN
      SELECT string_agg(skus, '; ') INTO v_double FROM (
        SELECT string_agg(format('%s (%s)', sku, id), ' and ' ORDER BY created_at) AS skus
        FROM (SELECT id, key FROM ${cleanedSkus}
              UNION SELECT products.id, key FROM ${cleanedSkus} JOIN products ON sku_key(products.sku) = key) AS keyed
          JOIN products USING (id)
        GROUP BY key HAVING count(*) > 1 LIMIT 10) AS doubles;
      IF v_double IS NOT NULL THEN
        RAISE EXCEPTION 'Products must have skus that differ in what can be seen of them, so give one of each of these another one first (UPDATE products SET sku = … WHERE id = …): %', v_double;
      END IF;
    END $$;
    UPDATE products SET sku = cleaned.sku, version = version + 1
      FROM ${cleanedSkus} WHERE cleaned.id = products.id AND cleaned.sku <> products.sku;
    CREATE OR REPLACE FUNCTION sku_key(p_sku text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT lower(clean_code(p_sku) COLLATE "C")
    $$;
    ${readKeyAnew}
    UPDATE products SET category = cleaned.category, version = version + 1
      FROM ${cleanedCategories} WHERE products.category = cleaned.was AND cleaned.category IS DISTINCT FROM cleaned.was;`,
  down: `
    CREATE OR REPLACE FUNCTION sku_key(p_sku text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT lower(regexp_replace(p_sku COLLATE "C", '\\s+', ' ', 'g'))
    $$;
    ${readKeyAnew}
    DROP FUNCTION clean_code(text);`,
}
