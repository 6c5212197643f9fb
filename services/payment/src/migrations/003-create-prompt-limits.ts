import type { Migration } from '@duka/kit'

/** Each prompt fills its phone's, order's and user's measure by a pause; time empties it. */
export const createPromptLimits: Migration = {
  name: '003-create-prompt-limits',
  up: `
    CREATE TABLE prompt_limits (
      key text PRIMARY KEY,
      drained_at timestamptz NOT NULL
    );`,
  down: 'DROP TABLE prompt_limits',
}
