import type { productContract } from '@duka/contracts'
import type { Memory } from './memory'
import type { Shopper } from './shopper'

/** What the customers and the admin of a proof have in common. */
export interface World {
  url: string
  /** The admin, once logged in. */
  keeper: Shopper
  /** The simulators' addresses. */
  daraja: string
  stripe: string
  memory: Memory
  products: productContract.Product[]
  /** Everybody wants these, and there are few. */
  hotProducts: productContract.Product[]
  /** What customers have left for later, while they go on shopping. */
  later: Promise<unknown>[]
  isOver(): boolean
}
