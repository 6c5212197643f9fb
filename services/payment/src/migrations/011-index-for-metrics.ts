import type { Migration } from '@duka/kit'

/** What metrics ask for every few seconds: the refunds that are open, and when money last came. */
export const indexForMetrics: Migration = {
  name: '011-index-for-metrics',
  up: `
    CREATE INDEX refunds_open ON refunds (created_at) WHERE status IN ('requested', 'sent');
    CREATE INDEX payments_completed ON payments (provider, completed_at DESC) WHERE completed_at IS NOT NULL;`,
  down: 'DROP INDEX payments_completed, refunds_open',
}
