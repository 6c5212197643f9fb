import { OperatorError } from '../operator-error'
import type { ShopClient } from './shop-client'
import type { SimulatePhone } from './simulate-phone'

/** Does one numbered step, prints it with the key figures that it `saw`, and hands on what it returns. */
export type Step = <T>(title: string, act: (saw: (figures: string) => void) => Promise<T>) => Promise<T>

/** What every part of the demo needs. */
export interface Tour {
  shop: ShopClient
  step: Step
  phone: SimulatePhone
}

export function createStep(print: (line: string) => void): Step {
  let count = 0
  return async (title, act) => {
    count += 1
    const number = String(count).padStart(2)
    let figures = ''
    try {
      const result = await act((seen) => {
        figures = seen
      })
      print(`${number} ✓ ${title}: ${figures}`)
      return result
    } catch (error) {
      print(`${number} ✗ ${title}`)
      if (error instanceof OperatorError) throw error
      // Something that the contract promises was missing where it was read.
      throw new OperatorError(`${title}: an answer is not as documented: ${(error as Error).message}`)
    }
  }
}
