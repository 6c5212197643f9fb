import type { Migration } from '@duka/kit'

/**
 * Keys were kept under a path's pattern. Those whose payment or review is known move to its own path, so that a request
 * which is sent again after the upgrade is still answered, and not done twice.
 */
export const keyByConcretePath: Migration = {
  name: '013-key-by-concrete-path',
  up: `
    UPDATE idempotency_keys k SET path = replace(k.path, ':id', found.id)
    FROM (SELECT user_id, method, path, key,
            COALESCE(r.payment_id::text, body->'payment'->>'id', body->'review'->>'id') AS id
          FROM idempotency_keys LEFT JOIN refunds r ON r.id = resource_id WHERE path LIKE '%/:id%') AS found
    WHERE (k.user_id, k.method, k.path, k.key) = (found.user_id, found.method, found.path, found.key)
      AND found.id IS NOT NULL`,
  down: 'SELECT 1',
}
