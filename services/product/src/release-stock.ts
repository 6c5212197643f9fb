import type { productContract as contract, InputOf } from '@duka/contracts'
import { queryRows } from '@duka/kit'
import type { Deps } from './deps'
import { reservations } from './watch-stock'

type Body = InputOf<typeof contract.releaseStock>['body']

export async function releaseStock({ database }: Deps, { orderId, attempt, reason }: Body) {
  await queryRows(database, 'SELECT release_stock($1::uuid, $2::int, $3)', [orderId, attempt, reason])
  reservations.with('released').inc()
  return { reservation: { orderId, attempt, status: 'released' as const } }
}
