import type { Migration } from '@duka/kit'

/** An order that is to be paid in cash was closed to all other payments where its time was up while it was confirmed. */
export const reopenCashOrders: Migration = {
  name: '014-reopen-cash-orders',
  up: `
    UPDATE payment_orders o SET closed_at = NULL FROM payments p
    WHERE p.order_id = o.order_id AND p.provider = 'cash_on_delivery' AND p.status = 'pending' AND o.closed_at IS NOT NULL`,
  down: 'SELECT 1',
}
