import type { Migration } from '@duka/kit'

/** Nobody sees them, and they stand within words. */
const unseen = '\\u00ad\\u034f\\u061c\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufe00-\\ufe0f\\ufeff'

/** Signs that are no part of a word, among what is left of Unicode once it is decomposed. */
const signs = `\\u0080-\\u00a9\\u00ab-\\u00b4\\u00b6-\\u00b9\\u00bb-\\u00bf\\u00d7\\u00f7\\u02c2-\\u02df\\u037e\\u0387\\u055a-\\u055f\\u0589\\u058a\\u05be\\u05c0\\u05c3\\u05f3\\u05f4\\u060c\\u061b\\u061f\\u066a-\\u066d\\u06d4\\u0964\\u0965\\u1361-\\u1368\\u1680\\u2000-\\u206f\\u20a0-\\u20cf\\u2100-\\u214f\\u2190-\\u2bff\\u2e00-\\u2e7f\\u3000-\\u3003\\u3008-\\u3020\\u3030\\u30fb\\ufd3e\\ufd3f\\ufe10-\\ufe6f\\uff01-\\uff0f\\uff1a-\\uff20\\uff5b-\\uff65\\ufff0-\\ufffd\\U0001f000-\\U0001faff`

const dashes = '\\u2010-\\u2015\\u2212'

/** What has a plain sign or letter, which is as long; marks of trade would become letters of the word before them. */
const plain: [string, string] = [
  '\u2018\u2019\u02bc\u2032\uff07\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2122\u00ae\u00a9\u2120',
  "'''''-------    ",
]

/** Letters that do not decompose, and capitals whose small letters a database with the ctype C does not know. */
const letters: [string, string] = [
  'ØøŁłĐđÐðĦħŦŧıŊŋƁɓƊɗƘƙƝɲƳƴΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣςΤΥΦΧΨΩАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЂЄЅІЈЉЊЋЏҐ',
  'oollddddhhttinnbbddkknnyyαβγδεζηθικλμνξοπρσστυφχψωабвгдежзийклмнопрстуфхцчшщъыьэюяђєѕіјљњћџґ',
]

const pairs = [
  ['ß', 'ss'],
  ['ẞ', 'ss'],
  ['æ', 'ae'],
  ['Æ', 'ae'],
  ['œ', 'oe'],
  ['Œ', 'oe'],
  ['þ', 'th'],
  ['Þ', 'th'],
]

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
const replaced = (text: string, pattern: string, by: string) => `regexp_replace(${text}, '${pattern}', '${by}', 'g')`
const translated = (text: string, [from, to]: [string, string]) => `translate(${text}, ${quoted(from)}, ${quoted(to)})`

const seen = replaced('p_text COLLATE "C"', `[${unseen}]`, '')
const spaced = replaced(seen, `(^|[\\s\\u00a0\\u2000-\\u200a\\u202f\\u3000])[${dashes}]+`, ' ')
const bare = `normalize(${replaced(`normalize(${translated(spaced, plain)}, NFKD)`, '[\\u0300-\\u036f]', '')}, NFC)`
const worded = replaced(bare, `[${signs}]`, ' ')
const spelt = pairs.reduce((text, [from, to]) => `replace(${text}, '${from}', '${to}')`, translated(worded, letters))

const namesOnly = `
    CREATE OR REPLACE FUNCTION words_of(p_name text) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
      SELECT word FROM unnest(tsvector_to_array(to_tsvector('simple', NAME))) AS word
      WHERE word ~ '^[[:alnum:]]{3,40}$' AND word ~ '[[:alpha:]]'
    $$;`

/**
 * Words are made of texts without accents, typographic signs and upper case, on the side of the products and of whoever
 * searches: what PostgreSQL takes for a letter depends on the database's ctype, and with C that is all beyond ASCII. The
 * words stay in the columns and indexes that they were in, and triggers make them, so that nothing is written anew here.
 * Names keep their stop words, for those who look for nothing else.
 */
export const normaliseSearches: Migration = {
  name: '010-normalise-searches',
  up: `
    CREATE FUNCTION search_text(p_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT CASE WHEN p_text COLLATE "C" ~ '[^\\u0001-\\u007e]' THEN lower(${spelt} COLLATE "C") ELSE p_text END
    $$;
    -- With the schema's name: an index that is built anew is given none to look in.
    DO $$ BEGIN
      EXECUTE format('CREATE OR REPLACE FUNCTION sku_key(p_sku text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
        AS ''SELECT lower(%I.clean_code(p_sku) COLLATE "C")''', current_schema());
    END $$;
    CREATE TEXT SEARCH DICTIONARY english_stem_all (TEMPLATE = snowball, Language = english);
    CREATE TEXT SEARCH CONFIGURATION english_all (COPY = english);
    ALTER TEXT SEARCH CONFIGURATION english_all ALTER MAPPING REPLACE english_stem WITH english_stem_all;

    CREATE FUNCTION asked_words(p_text text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT CASE WHEN numnode(english) > 0 THEN english ELSE websearch_to_tsquery('english_all', asked) END
      FROM (SELECT asked, websearch_to_tsquery('english', asked) AS english
            FROM (SELECT regexp_replace(search_text(p_text), '^[\\s-]+', '') AS asked) AS plain) AS parsed
    $$;
    CREATE FUNCTION name_words(p_name text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT to_tsvector('english_all', search_text(p_name))
    $$;
    CREATE FUNCTION product_words(p_name text, p_description text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT setweight(name_words(p_name), 'A') || setweight(to_tsvector('english', search_text(p_description)), 'C')
    $$;

    ALTER TABLE products ALTER COLUMN search DROP EXPRESSION, ALTER COLUMN name_search DROP EXPRESSION;
    CREATE FUNCTION make_product_words() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.name_search := name_words(NEW.name);
      NEW.search := product_words(NEW.name, NEW.description);
      RETURN NEW;
    END $$;
    CREATE TRIGGER make_product_words BEFORE INSERT OR UPDATE OF name, description ON products
      FOR EACH ROW EXECUTE FUNCTION make_product_words();
    ${namesOnly.replace('NAME', 'search_text(p_name)')}`,
  down: `
    ${namesOnly.replace('NAME', 'p_name')}
    DROP TRIGGER make_product_words ON products;
    DROP FUNCTION make_product_words(), product_words(text, text), name_words(text), asked_words(text);
    DROP TEXT SEARCH CONFIGURATION english_all;
    DROP TEXT SEARCH DICTIONARY english_stem_all;
    DROP FUNCTION search_text(text);
    DROP INDEX products_terms, products_name_terms;
    ALTER TABLE products DROP COLUMN search, DROP COLUMN name_search;
    ALTER TABLE products
      ADD COLUMN name_search tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('english', name)) STORED,
      ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('english', name), 'A') || setweight(to_tsvector('english', description), 'C')
      ) STORED;
    ALTER TABLE products ALTER COLUMN search SET STATISTICS 1000, ALTER COLUMN name_search SET STATISTICS 1000;
    CREATE INDEX products_terms ON products USING gin (terms_on_sale(search, category, in_stock, is_active));
    CREATE INDEX products_name_terms ON products USING gin (terms_on_sale(name_search, category, in_stock, is_active));
    ALTER INDEX products_terms ALTER COLUMN 1 SET STATISTICS 1000;
    ALTER INDEX products_name_terms ALTER COLUMN 1 SET STATISTICS 1000;`,
}
