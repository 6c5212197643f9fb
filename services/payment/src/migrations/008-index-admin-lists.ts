import type { Migration } from '@duka/kit'

/** For the lists of all payments and all events, and for what is searched in them. */
export const indexAdminLists: Migration = {
  name: '008-index-admin-lists',
  up: `
    CREATE INDEX payments_newest ON payments (created_at DESC, id DESC);
    CREATE INDEX payments_status ON payments (status, created_at DESC, id DESC);
    CREATE INDEX payments_user ON payments (user_id);
    CREATE INDEX payments_order_number ON payments (order_number text_pattern_ops);
    CREATE INDEX payments_phone ON payments (phone_number) WHERE phone_number IS NOT NULL;
    CREATE INDEX webhook_events_newest ON webhook_events (received_at DESC, id DESC);
    CREATE INDEX webhook_events_payment ON webhook_events (payment_id, received_at) WHERE payment_id IS NOT NULL;
    CREATE INDEX payment_reviews_resolved ON payment_reviews (resolved_at DESC, id DESC) WHERE resolved_at IS NOT NULL;`,
  down: `DROP INDEX payments_newest, payments_status, payments_user, payments_order_number, payments_phone,
    webhook_events_newest, webhook_events_payment, payment_reviews_resolved;`,
}
