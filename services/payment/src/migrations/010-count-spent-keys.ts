import type { Migration } from '@duka/kit'

/** Stripe saves a failure of its own under a request's key, and gives it to whoever repeats the request. */
export const countSpentKeys: Migration = {
  name: '010-count-spent-keys',
  up: 'ALTER TABLE refunds ADD COLUMN spent_keys integer NOT NULL DEFAULT 0',
  down: 'ALTER TABLE refunds DROP COLUMN spent_keys',
}
