import type { productContract } from '@duka/contracts'
import type { Memory } from './memory'

/** What the customers and the admin of a proof have in common. */
export interface World {
  url: string
  admin: { email: string; password: string }
  /** The simulators' addresses. */
  daraja: string
  stripe: string | undefined
  memory: Memory
  products: productContract.Product[]
  /** Everybody wants these, and there are few. */
  hotProducts: productContract.Product[]
  isOver(): boolean
}
