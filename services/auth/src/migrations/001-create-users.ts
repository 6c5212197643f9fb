import { roles } from '@duka/contracts'
import type { Migration } from '@duka/kit'

const roleList = roles.map((role) => `'${role}'`).join(', ')

/** A role that is added later needs a migration that replaces `users_role`: databases that exist keep this list. */
export const createUsers: Migration = {
  name: '001-create-users',
  up: `
    CREATE TABLE users (
      id uuid PRIMARY KEY,
      name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
      -- Kept in its normal form, so that the unique index compares what people mean by the same address.
      email text NOT NULL UNIQUE CHECK (email = lower(btrim(email))),
      password text NOT NULL CHECK (password ~ '^[$]2[aby][$]'),
      role text NOT NULL CONSTRAINT users_role CHECK (role IN (${roleList})),
      phone_number text CHECK (phone_number ~ '^254[17][0-9]{8}$'),
      is_active boolean NOT NULL DEFAULT true,
      -- Raised by every change that must end the tokens made before it.
      token_version integer NOT NULL DEFAULT 1 CHECK (token_version > 0),
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX users_newest ON users (created_at DESC, id DESC);`,
  down: 'DROP TABLE users',
}
