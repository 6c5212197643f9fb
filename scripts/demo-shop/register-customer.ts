import { OperatorError } from '../operator-error'
import { askPatiently } from './patience'
import { describeAnswer, type ShopClient } from './shop-client'

export interface Customer {
  name: string
  email: string
  password: string
  phoneNumber: string
}

/** Opens the customer's account; false where it is open already. */
export async function registerCustomer(
  shop: ShopClient,
  customer: Customer,
  log: (line: string) => void,
): Promise<boolean> {
  const answer = await askPatiently(log, () => shop.send('POST', '/api/auth/register', { body: customer }))
  if (answer.status === 201) return true
  const { code } = (answer.body ?? {}) as { code?: string }
  if (answer.status === 409 && code === 'email_taken') return false
  throw new OperatorError(`The customer ${customer.email} could not be registered: ${describeAnswer(answer)}`)
}
