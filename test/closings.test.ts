import { randomUUID } from 'node:crypto'
import { asUser } from '@duka/testkit'
import { createMoments } from './closings/moments'
import {
  cancel,
  cancelByShop,
  chooseCash,
  collect,
  deliver,
  expire,
  type Move,
  type Order,
  openPrompt,
  pack,
  payByCard,
  payByPhone,
  refuse,
  ship,
} from './closings/moves'
import { startTwoServices, type TwoServices } from './closings/two-services'
import { untilBooksAddUp } from './closings/until-books-add-up'

/** Longer than any move is. */
const maxMoments = 20
const atOnce = 6

/** Where an order has got to when two moves meet, and which moves can meet there. */
const meetings: { from: string; reach: Move[]; moves: Move[] }[] = [
  {
    from: 'an order whose time is up',
    reach: [],
    moves: [expire, cancel, chooseCash, openPrompt, payByPhone, payByCard],
  },
  {
    from: 'an order that is to be paid in cash',
    reach: [chooseCash],
    moves: [expire, cancelByShop, pack, collect, refuse, payByPhone],
  },
  {
    from: 'an order on its way to be paid in cash',
    reach: [chooseCash, pack, ship],
    moves: [deliver, collect, refuse, payByPhone],
  },
]

const moments = createMoments()
let shop: TwoServices
/** What was done to an order, by its id. */
const stories = new Map<string, string>()

beforeAll(async () => {
  shop = await startTwoServices(moments.watch)
})
afterAll(() => shop.stop())

async function placeOrder(story: string): Promise<Order> {
  const items = [{ productId: shop.product.add({ stock: 10, price: 1500 }), quantity: 1 }]
  const shippingAddress = { street: 'Moi Avenue 1', city: 'Nairobi', country: 'Kenya' }
  const { body } = await shop.send('post', '/api/orders', asUser(randomUUID()), { items, shippingAddress }).expect(201)
  stories.set(body.order.id, story)
  return body.order
}

const timeIsUp = ({ id }: Order) =>
  shop.rows('order', `UPDATE orders SET expires_at = now() - interval '1 minute' WHERE id = $1`, [id])

async function prepare(story: string, reach: Move[], moves: Move[]): Promise<Order> {
  const order = await placeOrder(story)
  // What was asked for before cash was chosen may still be paid.
  for (const move of moves) await move.prepare?.(shop, order)
  for (const move of reach) await move.run(shop, order)
  await timeIsUp(order)
  return order
}

/** A customer who was told that cash will do had the order confirmed; where it is confirmed now, nobody was told no. */
async function expectTrue(story: string, { id }: Order, answer: number | undefined): Promise<void> {
  if (answer === undefined) return
  const sql = `SELECT status, cash_payment_id IS NOT NULL AS was_confirmed FROM orders WHERE id = $1`
  const order = await shop.row<{ status: string; was_confirmed: boolean }>('order', sql, [id])
  const isTrue = answer === 201 ? order?.was_confirmed : order?.status !== 'confirmed'
  if (!isTrue) throw new Error(`${story}: cash was answered ${answer}, and the order is ${order?.status}`)
}

async function meet(from: string, reach: Move[], [first, second]: [Move, Move]): Promise<void> {
  const answers = new Map<Move, number | undefined>()
  const run = async (move: Move, order: Order) => void answers.set(move, await move.run(shop, order))
  for (let moment = 0; moment < maxMoments; moment++) {
    const story = `${from}: ${second.name} at moment ${moment} of ${first.name}`
    const order = await prepare(story, reach, [first, second])
    const happened = await moments.interrupt(
      order.id,
      moment,
      () => run(first, order),
      () => run(second, order),
    )
    if (reach.length === 0 && happened) await expectTrue(story, order, answers.get(chooseCash))
    if (!happened) break
  }
  if (first.name > second.name) return
  const order = await prepare(`${from}: ${first.name} and ${second.name} at once`, reach, [first, second])
  await Promise.all([run(first, order), run(second, order)])
}

test.each(meetings)(
  'moves that meet at $from',
  async ({ from, reach, moves }) => {
    const pairs = moves.flatMap((first) =>
      moves.filter((each) => each !== first).map((second): [Move, Move] => [first, second]),
    )
    const work = pairs.values()
    const workers = Array.from({ length: atOnce }, async () => {
      for (const pair of work) await meet(from, reach, pair)
    })
    await Promise.all(workers)
  },
  300_000,
)

test('afterwards all books add up, whoever won', async () => {
  expect(stories.size).toBeGreaterThan(150)
  expect(await untilBooksAddUp(shop, stories)).toEqual([])
}, 300_000)
