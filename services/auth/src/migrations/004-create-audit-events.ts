import type { Migration } from '@duka/kit'

/** What was written stays as it is, and outlives the account that it tells of. */
export const createAuditEvents: Migration = {
  name: '004-create-audit-events',
  up: `
    CREATE TABLE audit_events (
      id uuid PRIMARY KEY,
      at timestamptz NOT NULL DEFAULT clock_timestamp(),
      action text NOT NULL,
      actor_id uuid,
      user_id uuid,
      email text CHECK (char_length(email) <= 254),
      session_id uuid,
      address inet,
      user_agent text CHECK (char_length(user_agent) <= 200),
      request_id text CHECK (char_length(request_id) <= 128),
      details jsonb NOT NULL DEFAULT '{}'
    );
    CREATE INDEX audit_events_newest ON audit_events (at DESC, id DESC);
    CREATE INDEX audit_events_user ON audit_events (user_id, at DESC, id DESC);
    CREATE INDEX audit_events_actor ON audit_events (actor_id, at DESC, id DESC) WHERE actor_id IS NOT NULL;
    CREATE INDEX audit_events_address ON audit_events (address, at DESC, id DESC);
    -- Where an account is known from.
    CREATE INDEX audit_events_entries ON audit_events (user_id, at DESC)
      WHERE action IN ('registered', 'login', 'password_reset');

    CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      RAISE EXCEPTION 'audit events are never changed';
    END $body$;
    CREATE TRIGGER audit_events_stay BEFORE UPDATE ON audit_events FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();`,
  down: 'DROP TABLE audit_events; DROP FUNCTION refuse_rewriting()',
}
