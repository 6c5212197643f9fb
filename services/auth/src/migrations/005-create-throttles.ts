import type { Migration } from '@duka/kit'

/**
 * What slows guessing down: a level that each try raises by one and time drains. Above what is free, every further
 * try doubles the wait for the next one. take_try counts one, or says for how many seconds to wait.
 */
export const createThrottles: Migration = {
  name: '005-create-throttles',
  up: `
    CREATE TABLE throttles (
      key text PRIMARY KEY,
      level double precision NOT NULL DEFAULT 0 CHECK (level >= 0),
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      free_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE INDEX throttles_updated_at ON throttles (updated_at);

    CREATE FUNCTION take_try(
      wanted text, free double precision, drain_seconds double precision, most_seconds double precision
    ) RETURNS double precision LANGUAGE plpgsql AS $body$
    DECLARE
      row throttles;
      raised double precision;
      pause double precision := 0;
    BEGIN
      -- Locks the row, whether it is new or not.
      INSERT INTO throttles (key) VALUES (wanted)
        ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING * INTO row;
      IF row.free_at > clock_timestamp() THEN
        RETURN extract(epoch FROM row.free_at - clock_timestamp());
      END IF;
      raised := greatest(0, row.level - extract(epoch FROM clock_timestamp() - row.updated_at) / drain_seconds) + 1;
      IF raised > free THEN
        pause := least(most_seconds, power(2, least(raised - free - 1, 30)));
      END IF;
      UPDATE throttles
        SET level = raised, updated_at = clock_timestamp(), free_at = clock_timestamp() + make_interval(secs => pause)
        WHERE key = wanted;
      RETURN 0;
    END $body$;`,
  down: `
    DROP FUNCTION take_try(text, double precision, double precision, double precision);
    DROP TABLE throttles;`,
}
