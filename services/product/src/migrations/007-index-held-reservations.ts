import type { Migration } from '@duka/kit'

/** What holds stock is few among all that ever did; metrics ask for it every few seconds. */
export const indexHeldReservations: Migration = {
  name: '007-index-held-reservations',
  up: `CREATE INDEX reservations_held ON reservations (created_at) WHERE status = 'active'`,
  down: 'DROP INDEX reservations_held',
}
