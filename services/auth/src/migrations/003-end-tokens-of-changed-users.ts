import type { Migration } from '@duka/kit'

/**
 * A change of role or activity ends the tokens made before it, whoever makes it: a person at the database's prompt
 * too. When that was, and when sessions ended, is what the other services ask for. Which roles there are is said by
 * the contracts alone, so that a new one needs no migration.
 */
export const endTokensOfChangedUsers: Migration = {
  name: '003-end-tokens-of-changed-users',
  up: `
    ALTER TABLE users
      DROP CONSTRAINT users_role,
      ADD CONSTRAINT users_role CHECK (role ~ '^[a-z][a-z_]{1,29}$'),
      -- Raised by every change of the password, but not where the same password is hashed anew.
      ADD COLUMN password_version integer NOT NULL DEFAULT 1,
      ADD COLUMN tokens_ended_at timestamptz;

    CREATE FUNCTION end_older_tokens() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      NEW.token_version := greatest(NEW.token_version, OLD.token_version + 1);
      NEW.tokens_ended_at := clock_timestamp();
      RETURN NEW;
    END $body$;

    CREATE TRIGGER users_end_older_tokens BEFORE UPDATE ON users FOR EACH ROW
      WHEN (OLD.role <> NEW.role OR OLD.is_active <> NEW.is_active OR OLD.token_version <> NEW.token_version)
      EXECUTE FUNCTION end_older_tokens();

    CREATE INDEX users_tokens_ended ON users (tokens_ended_at, id) WHERE tokens_ended_at IS NOT NULL;
    CREATE INDEX users_active_admins ON users (id) WHERE role = 'admin' AND is_active;
    CREATE INDEX sessions_ended ON sessions (ended_at, id) WHERE ended_at IS NOT NULL;`,
  down: `
    DROP INDEX sessions_ended, users_active_admins, users_tokens_ended;
    DROP TRIGGER users_end_older_tokens ON users;
    DROP FUNCTION end_older_tokens();
    ALTER TABLE users
      DROP COLUMN tokens_ended_at,
      DROP COLUMN password_version,
      DROP CONSTRAINT users_role,
      ADD CONSTRAINT users_role CHECK (role IN ('customer', 'admin'));`,
}
