import type { Migration } from '@duka/kit'

/** What happens to an order later belongs to the trace of the request that placed it (W3C Trace Context). */
export const keepTraces: Migration = {
  name: '005-keep-traces',
  up: 'ALTER TABLE orders ADD COLUMN traceparent text',
  down: 'ALTER TABLE orders DROP COLUMN traceparent',
}
