import type { Migration } from '@duka/kit'

/**
 * A request is the promise of a mail, kept for any address alike until it is sent or found to be nobody's. Its token
 * is made as the mail is written, so that only the mail ever holds it.
 */
export const createPasswordResets: Migration = {
  name: '006-create-password-resets',
  up: `
    CREATE TABLE reset_requests (
      email text PRIMARY KEY CHECK (char_length(email) <= 254),
      asked_at timestamptz NOT NULL DEFAULT now(),
      address inet,
      user_agent text,
      request_id text,
      attempts integer NOT NULL DEFAULT 0,
      next_try_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX reset_requests_next_try_at ON reset_requests (next_try_at);

    CREATE TABLE password_resets (
      hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
      user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL
    );
    CREATE INDEX password_resets_user ON password_resets (user_id);
    CREATE INDEX password_resets_expires_at ON password_resets (expires_at);`,
  down: 'DROP TABLE password_resets, reset_requests',
}
