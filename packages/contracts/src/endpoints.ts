import * as auth from './auth'
import * as cart from './cart'
import type { Endpoint } from './endpoint'
import * as order from './order'
import * as payment from './payment'
import * as product from './product'

/** Everything that the contracts say, by service. */
export const contracts = { auth, product, cart, order, payment }

function endpointsIn(contract: object): [string, Endpoint][] {
  return Object.entries(contract).filter(
    (entry): entry is [string, Endpoint] =>
      typeof entry[1] === 'object' && entry[1] !== null && 'publicPaths' in entry[1],
  )
}

/** Every endpoint of every service, by the name that its contract gives it. */
export const endpointsByName: readonly (readonly [string, Endpoint])[] = Object.values(contracts).flatMap(endpointsIn)

export const endpoints: readonly Endpoint[] = endpointsByName.map(([, endpoint]) => endpoint)
