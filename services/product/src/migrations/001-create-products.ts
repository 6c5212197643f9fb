import type { Migration } from '@duka/kit'

export const createProducts: Migration = {
  name: '001-create-products',
  up: `
    CREATE TABLE products (
      id uuid PRIMARY KEY,
      name text NOT NULL,
      description text NOT NULL,
      price numeric(12, 2) NOT NULL CHECK (price >= 0),
      stock integer NOT NULL CHECK (stock >= 0),
      category text,
      image_url text,
      images text[] NOT NULL,
      sku text NOT NULL UNIQUE,
      is_active boolean NOT NULL,
      version integer NOT NULL DEFAULT 1,
      search tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('english', name), 'A') || setweight(to_tsvector('english', description), 'C')
      ) STORED,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX products_newest ON products (created_at DESC, id DESC) WHERE is_active;
    CREATE INDEX products_price ON products (price, id) WHERE is_active;
    CREATE INDEX products_name ON products (name, id) WHERE is_active;
    CREATE INDEX products_category ON products (category, created_at DESC, id DESC) WHERE is_active;
    CREATE INDEX products_search ON products USING gin (search);`,
  down: 'DROP TABLE products',
}
