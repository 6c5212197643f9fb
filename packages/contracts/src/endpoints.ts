import * as auth from './auth'
import * as cart from './cart'
import type { Endpoint } from './endpoint'
import * as order from './order'
import * as payment from './payment'
import * as product from './product'

function endpointsIn(contract: object): Endpoint[] {
  return Object.values(contract).filter(
    (value): value is Endpoint => typeof value === 'object' && value !== null && 'publicPaths' in value,
  )
}

/** Every endpoint of every service. */
export const endpoints: readonly Endpoint[] = [auth, product, cart, order, payment].flatMap(endpointsIn)
