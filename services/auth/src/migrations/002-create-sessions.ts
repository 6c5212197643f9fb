import type { Migration } from '@duka/kit'

/**
 * A session is the family of refresh tokens that came from one sign-in. Used tokens are kept until they would have
 * expired: that is how a second use is recognised.
 */
export const createSessions: Migration = {
  name: '002-create-sessions',
  up: `
    CREATE TABLE sessions (
      id uuid PRIMARY KEY,
      user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
      created_at timestamptz NOT NULL DEFAULT now(),
      -- When the newest of its tokens expires.
      expires_at timestamptz NOT NULL,
      ended_at timestamptz,
      end_reason text,
      CHECK ((ended_at IS NULL) = (end_reason IS NULL))
    );
    CREATE INDEX sessions_user ON sessions (user_id);
    CREATE INDEX sessions_expires_at ON sessions (expires_at);

    CREATE TABLE refresh_tokens (
      hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
      session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL,
      used_at timestamptz
    );
    CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
    CREATE INDEX refresh_tokens_expires_at ON refresh_tokens (expires_at);
    CREATE UNIQUE INDEX refresh_tokens_one_unused ON refresh_tokens (session_id) WHERE used_at IS NULL;`,
  down: 'DROP TABLE refresh_tokens, sessions',
}
