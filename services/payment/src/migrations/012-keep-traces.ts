import type { Migration } from '@duka/kit'

/** What a provider tells later belongs to the trace of the order's request (W3C Trace Context). */
export const keepTraces: Migration = {
  name: '012-keep-traces',
  up: 'ALTER TABLE payments ADD COLUMN traceparent text',
  down: 'ALTER TABLE payments DROP COLUMN traceparent',
}
