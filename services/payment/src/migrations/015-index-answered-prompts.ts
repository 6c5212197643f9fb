import type { Migration } from '@duka/kit'

/** Whether somebody answered a prompt of this account on this phone is asked for each new one. */
export const indexAnsweredPrompts: Migration = {
  name: '015-index-answered-prompts',
  up: `CREATE INDEX payments_answered ON payments (user_id, phone_number)
    WHERE phone_number IS NOT NULL AND (completed_at IS NOT NULL OR failure_code IN ('1', '2001'));`,
  down: 'DROP INDEX payments_answered',
}
