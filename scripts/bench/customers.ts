import { randomBytes } from 'node:crypto'
import { expectStatus } from '../demo-shop/expect'
import { createShopClient } from '../demo-shop/shop-client'

export interface Customer {
  email: string
  password: string
  /** One of their own: a phone shows one prompt at a time. */
  phoneNumber: string
  token: string
}

export interface Customers {
  /** They only fill carts. A round ends in the middle of requests, and what those add may come after a cart was emptied. */
  fillers: Customer[]
  /** They buy what is in their carts, so nothing else may get in there. */
  buyers: Customer[]
  /** Logs in again whose token will not last another round. */
  keepSignedIn(): Promise<void>
}

interface Session {
  token: string
  expiresIn: number
}

const atOnce = 8
const sparedSeconds = 300

/** Opens accounts of either kind, one for each connection of a load. */
export async function registerCustomers(url: string, count: number): Promise<Customers> {
  const shop = createShopClient(url)
  let renewAt = Number.POSITIVE_INFINITY
  const remember = (customer: Customer, { token, expiresIn }: Session) => {
    customer.token = token
    renewAt = Math.min(renewAt, Date.now() + (expiresIn - sparedSeconds) * 1000)
  }
  const register = async (customer: Customer) => {
    const body = { ...customer, name: 'Bench Customer' }
    remember(customer, expectStatus(await shop.send<Session>('POST', '/api/auth/register', { body }), 201))
  }
  const logIn = async (customer: Customer) => {
    remember(customer, expectStatus(await shop.send<Session>('POST', '/api/auth/login', { body: customer }), 200))
  }
  const all = Array.from({ length: count * 2 }, (_, index) => newCustomer(index))
  await forEach(all, atOnce, register)
  return {
    fillers: all.slice(0, count),
    buyers: all.slice(count),
    async keepSignedIn() {
      if (Date.now() < renewAt) return
      renewAt = Number.POSITIVE_INFINITY
      await forEach(all, atOnce, logIn)
    },
  }
}

function newCustomer(index: number): Customer {
  return {
    email: `bench-${index}@duka.test`,
    password: randomBytes(12).toString('hex'),
    // Outside the range in which the simulator answers by the last two digits.
    phoneNumber: `2547110${String(index).padStart(5, '0')}`,
    token: '',
  }
}

/** Does the work for each of the items, so many at once. */
export async function forEach<T>(items: Iterable<T>, concurrency: number, work: (item: T) => Promise<void>) {
  const queue = items[Symbol.iterator]()
  const worker = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}
