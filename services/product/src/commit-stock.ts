import type { productContract as contract, InputOf } from '@duka/contracts'
import { notFound, queryRow } from '@duka/kit'
import type { Deps } from './deps'
import { reservationReleased } from './reservation'
import { reservations } from './watch-stock'

type Body = InputOf<typeof contract.commitStock>['body']

export async function commitStock({ database }: Deps, { orderId, attempt }: Body) {
  const sql = 'SELECT commit_stock($1::uuid, $2::int) AS status'
  const row = await queryRow<{ status: string | null }>(database, sql, [orderId, attempt])
  if (!row?.status) throw notFound('reservation')
  if (row.status === 'released') throw reservationReleased()
  reservations.with('committed').inc()
  return { reservation: { orderId, attempt, status: 'committed' as const } }
}
