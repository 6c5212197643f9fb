import { randomUUID } from 'node:crypto'
import { type AnswerOf, productContract as contract, type InputOf } from '@duka/contracts'
import { Problem, route } from '@duka/kit'
import { startFakeService } from '@duka/testkit'
import { answering, type Mood } from './mood'

interface FakeProduct {
  name: string
  price: number
  stock: number
  imageUrl: string | null
  onSale: boolean
}

type Movement = AnswerOf<typeof contract.listOrderMovements>['movements'][number]
type Reserve = InputOf<typeof contract.reserveStock>['body']
type Key = Pick<Reserve, 'orderId' | 'attempt'>

interface Reservation {
  status: 'active' | 'committed' | 'released'
  items: Reserve['items']
}

export type FakeCatalogue = Awaited<ReturnType<typeof startFakeProduct>>

/** A product service that keeps its stock as the real one does; each of its endpoints can fail. */
export async function startFakeProduct() {
  const products = new Map<string, FakeProduct>()
  const reservations = new Map<string, Reservation>()
  const moods: Record<'check' | 'reserve' | 'commit' | 'release' | 'movements', Mood> = {
    check: 'up',
    reserve: 'up',
    commit: 'up',
    release: 'up',
    movements: 'up',
  }
  const movements: Movement[] = []
  /** What happens before a call does its work, such as waiting for something else. */
  const before: { reserve?: () => Promise<unknown>; check?: () => Promise<unknown> } = {}
  const calls: (Key & { name: string })[] = []
  const keyOf = ({ orderId, attempt }: Key) => `${orderId}:${attempt}`

  function checkLine({ productId, quantity }: { productId: string; quantity: number }): contract.StockLine {
    const product = products.get(productId)
    const found = product?.onSale ? product : undefined
    const { name = '', price = 0, imageUrl = null, stock: available = 0 } = found ?? {}
    const sufficient = available >= quantity
    return { productId, quantity, found: !!found, sufficient, available, name, price, currency: 'KES', imageUrl }
  }

  function reserve({ items, ...key }: Reserve) {
    const known = reservations.get(keyOf(key))
    if (known?.status === 'released') throw new Problem(409, 'reservation_released', 'Released.')
    if (known) return { reservation: { ...key, status: known.status } }
    for (const { productId, quantity, price } of items) {
      const line = checkLine({ productId, quantity })
      const { available } = line
      if (!line.sufficient)
        throw new Problem(409, 'insufficient_stock', 'Too few.', { extra: { available, productId } })
      if (price !== null && price !== line.price) {
        throw new Problem(409, 'price_changed', 'Moved.', { extra: { items: [{ productId, price: line.price }] } })
      }
    }
    for (const { productId, quantity } of items) products.get(productId)!.stock -= quantity
    reservations.set(keyOf(key), { status: 'active', items })
    return { reservation: { ...key, status: 'active' as const } }
  }

  function commit(key: Key) {
    const known = reservations.get(keyOf(key))
    if (!known) throw new Problem(404, 'not_found', 'None.')
    if (known.status === 'released') throw new Problem(409, 'reservation_released', 'Released.')
    known.status = 'committed'
    return { reservation: { ...key, status: 'committed' as const } }
  }

  function release({ orderId, attempt }: Key) {
    const key = { orderId, attempt }
    const known = reservations.get(keyOf(key))
    const held = known && known.status !== 'released' ? known.items : []
    for (const { productId, quantity } of held) products.get(productId)!.stock += quantity
    reservations.set(keyOf(key), { status: 'released', items: known?.items ?? [] })
    return { reservation: { ...key, status: 'released' as const } }
  }

  const note = (name: string, { orderId, attempt }: Key) => calls.push({ name, orderId, attempt })
  const running = await startFakeService('product', [
    route(contract.checkStock, async ({ body, request }) => {
      await before.check?.()
      return answering(moods.check, request, () => {
        const items = body.items.map(checkLine)
        return { available: items.every(({ sufficient }) => sufficient), items }
      })
    }),
    route(contract.reserveStock, async ({ body, request }) => {
      note('reserve', body)
      await before.reserve?.()
      return answering(moods.reserve, request, () => reserve(body))
    }),
    route(contract.commitStock, ({ body, request }) => {
      note('commit', body)
      return answering(moods.commit, request, () => commit(body))
    }),
    route(contract.releaseStock, ({ body, request }) => {
      note('release', body)
      return answering(moods.release, request, () => release(body))
    }),
    route(contract.listOrderMovements, ({ params, request }) =>
      answering(moods.movements, request, () => ({
        movements: movements.filter(({ orderId }) => orderId === params.orderId),
      })),
    ),
  ])

  return {
    ...running,
    moods,
    before,
    /** What the ledger tells of orders. */
    movements,
    /** The calls that came for an order, as `name attempt`. */
    callsFor: (orderId: string) =>
      calls.filter((call) => call.orderId === orderId).map(({ name, attempt }) => `${name} ${attempt}`),
    add(product: Partial<FakeProduct> = {}): string {
      const id = randomUUID()
      products.set(id, { name: 'Kikoi', price: 1500, stock: 10, imageUrl: '/kikoi.svg', onSale: true, ...product })
      return id
    },
    change: (id: string, change: Partial<FakeProduct>) => void Object.assign(products.get(id)!, change),
    stockOf: (id: string) => products.get(id)!.stock,
    statusOf: (orderId: string, attempt = 1) => reservations.get(keyOf({ orderId, attempt }))?.status,
    /** Reservations of a product that hold or have sold it. */
    standing: (productId: string) =>
      [...reservations.values()].filter(
        ({ status, items }) => status !== 'released' && items.some((item) => item.productId === productId),
      ).length,
    reset() {
      Object.assign(moods, { check: 'up', reserve: 'up', commit: 'up', release: 'up', movements: 'up' })
      before.check = undefined
      before.reserve = undefined
    },
  }
}
