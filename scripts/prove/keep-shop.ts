import { setTimeout as delay } from 'node:timers/promises'
import type { productContract } from '@duka/contracts'
import { expectStatus } from '../demo-shop/expect'
import { codeOf, type Shopper } from './shopper'
import type { World } from './world'

type Product = productContract.Product

const plainProducts = 12
const hotProducts = 4
const plenty = 1_000_000
const few = 12

/** Puts products into the empty shop: some of which there is plenty, and some that everybody wants. */
export async function stockShelves(admin: Shopper): Promise<void> {
  const { world, random } = admin
  const create = async (name: string, stock: number): Promise<Product> => {
    const body = { name, sku: name.toUpperCase().replaceAll(' ', '-'), price: random.between(50, 9000), stock }
    const answer = await admin.ask<{ product: Product }>('POST', '/api/products', { body })
    if (!answer) throw new Error('The shop does not answer while its shelves are filled')
    return expectStatus(answer, 201).product
  }
  for (let n = 1; n <= plainProducts; n++) world.products.push(await create(`Plain ${n}`, plenty))
  for (let n = 1; n <= hotProducts; n++) world.hotProducts.push(await create(`Hot ${n}`, few))
}

interface Review {
  id: string
  decisions: string[]
}

/** The shop gives back what needs a person, where there is something to give back, until the time is over. */
export async function keepReviewing(admin: Shopper): Promise<void> {
  const { world, random } = admin
  while (!world.isOver()) {
    await delay(random.between(3000, 8000))
    const answer = await admin.ask<{ reviews: Review[] }>('GET', '/api/admin/payments/review?limit=20')
    const open = answer?.status === 200 ? answer.body.reviews : []
    const refundable = open.filter(({ decisions }) => decisions.includes('refund'))
    if (refundable.length === 0) continue
    const body = { decision: 'refund', note: 'It goes back.' }
    const path = `/api/admin/payments/review/${random.pick(refundable).id}`
    const decided = await admin.ask('POST', path, { body, key: admin.newKey() })
    world.memory.count(
      decided?.status === 200 ? 'decisions' : `not decided.${decided?.status} ${codeOf(decided?.body)}`,
    )
  }
}

type Step = 'processing' | 'shipped' | 'delivered' | 'cancelled'

/** The shop takes an order on, as far as that goes. */
export async function takeSteps({ keeper, memory }: World, orderId: string, steps: Step[]): Promise<void> {
  for (const status of steps) {
    const answer = await keeper.ask('PATCH', `/api/admin/orders/${orderId}/status`, { body: { status } })
    if (answer?.status !== 200) return
    memory.count(`step.${status}`)
    if (status === 'cancelled') memory.cancelled.add(orderId)
  }
}

/** The admin brings some more of what runs out, until the time is over. */
export async function keepRestocking(admin: Shopper): Promise<void> {
  const { world, random } = admin
  while (!world.isOver()) {
    await delay(random.between(500, 2500))
    const reason = `Delivery ${random.text(16)}`
    const path = `/api/products/${random.pick(world.hotProducts).id}/stock`
    const body = { delta: random.between(1, 8), reason }
    const answer = await admin.ask('POST', path, { body, isRepeatable: false })
    if (answer?.status === 200) world.memory.restocks.add(reason)
  }
}
