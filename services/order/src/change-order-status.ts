import type { orderContract as contract, InputOf } from '@duka/contracts'
import { enqueueBackstop, Problem, tryNow, type User } from '@duka/kit'
import { cancelFromHere } from './close-order'
import { collectCash, owesCash } from './collect-cash'
import type { Deps } from './deps'
import { findOrder, reloadOrder, requireStandingOrder } from './find-order'
import { moveOrder } from './move-order'
import { type OrderStatus, stepsTo, toAdminOrder } from './order'

type Body = InputOf<typeof contract.changeOrderStatus>['body']
type Step = keyof typeof steps

/** Where the shop takes an order by hand, in words for the customer. Paid and refunded tell of money, which payment reports. */
const steps = {
  processing: 'The shop is packing the order.',
  shipped: 'The order is on its way.',
  delivered: 'The order was delivered.',
}

const isStep = (status: string): status is Step => Object.hasOwn(steps, status)

/** An admin takes an order one step on, or cancels it. */
export async function changeOrderStatus(deps: Deps, user: User, id: string, body: Body) {
  await requireStandingOrder(deps, id)
  const isDone = body.status === 'cancelled' ? await cancel(deps, user, id, body) : await step(deps, user, id, body)
  if (!isDone) throw illegalTransition((await findOrder(deps, id))?.status, body.status)
  return { order: toAdminOrder(await reloadOrder(deps, id)) }
}

async function step(deps: Deps, user: User, id: string, { status, note, trackingNumber }: Body): Promise<boolean> {
  if (!isStep(status)) return false
  const set = { status_note: note ?? null, ...(trackingNumber && { tracking_number: trackingNumber }) }
  const actor = { id: user.id, role: user.role }
  const move = { to: status, from: stepsTo(status), actor, reason: steps[status], set, note, trackingNumber } as const
  const cash = { orderId: id, actor }
  const moved = await deps.database.transaction(async (transaction) => {
    const moved = await moveOrder(deps, id, move, transaction)
    if (moved && owesCash(moved)) await enqueueBackstop(deps.database, transaction, collectCash.job(cash))
    return moved
  })
  if (moved && owesCash(moved)) {
    await tryNow(deps.database, collectCash.key(id), deps.log, () => collectCash(deps, cash))
  }
  return moved !== undefined
}

/** For good: money that still comes goes back. Cancelling again is no step, so the second of two admins hears of the first. */
async function cancel(deps: Deps, { id: userId, role }: User, id: string, { note }: Body): Promise<boolean> {
  const reason = note ? `Cancelled by the shop: ${note}` : 'Cancelled by the shop.'
  const closing = { actor: { id: userId, role }, reason, note: note ?? null, isFinal: true }
  return (await cancelFromHere(deps, id, closing)) === 'done'
}

function illegalTransition(from: OrderStatus | undefined, to: OrderStatus): Problem {
  return new Problem(409, 'illegal_transition', `An order that is ${from} cannot be made ${to}.`, {
    extra: { from, to },
  })
}
