import type { Migration } from '@duka/kit'

/**
 * An answer is as large as its cart, and anybody may have a cart: without a limit a day's keys of one guest could fill
 * the disk. Who sends again sends one of the last.
 */
export const forgetSurplusKeys: Migration = {
  name: '003-forget-surplus-keys',
  up: `
    CREATE FUNCTION forget_surplus_keys() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM idempotency_keys WHERE user_id = NEW.user_id AND method = NEW.method AND path = NEW.path AND key IN (
        SELECT key FROM idempotency_keys
          WHERE user_id = NEW.user_id AND method = NEW.method AND path = NEW.path
          ORDER BY expires_at DESC, key OFFSET 50 FOR UPDATE SKIP LOCKED);
      RETURN NULL;
    END $$;
    CREATE TRIGGER forget_surplus_keys AFTER INSERT ON idempotency_keys
      FOR EACH ROW EXECUTE FUNCTION forget_surplus_keys();`,
  down: `
    DROP TRIGGER forget_surplus_keys ON idempotency_keys;
    DROP FUNCTION forget_surplus_keys();`,
}
