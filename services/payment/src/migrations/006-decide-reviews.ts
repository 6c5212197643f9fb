import type { Migration } from '@duka/kit'

/** A review keeps what was decided, by whom and why. One without a person was ended by what it waited for. */
export const decideReviews: Migration = {
  name: '006-decide-reviews',
  up: `
    ALTER TABLE payment_reviews
      ADD COLUMN refund_id uuid REFERENCES refunds,
      ADD COLUMN decision text CHECK (decision IN ('match', 'refund', 'accept', 'write_off')),
      ADD COLUMN note text,
      ADD COLUMN actor_id uuid,
      ADD COLUMN actor_role text,
      ADD COLUMN request_id text;
    CREATE INDEX payment_reviews_payment ON payment_reviews (payment_id, created_at);
    CREATE INDEX payment_reviews_event ON payment_reviews (event_id) WHERE event_id IS NOT NULL;`,
  down: `
    DROP INDEX payment_reviews_payment, payment_reviews_event;
    ALTER TABLE payment_reviews DROP COLUMN refund_id, DROP COLUMN decision, DROP COLUMN note, DROP COLUMN actor_id,
      DROP COLUMN actor_role, DROP COLUMN request_id;`,
}
