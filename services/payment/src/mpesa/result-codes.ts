/** What a ResultCode means for the payment, in words for the person who pays. */
export interface Failure {
  message: string
  /** Whether asking the same person again may help. */
  retry: boolean
}

/**
 * The codes after which no money can have moved (Daraja, M-Pesa Express, error codes). Every other code but 0 leaves
 * the payment pending: it means that Safaricom has not decided, or that we do not know what it means.
 */
const terminal: Record<string, Failure> = {
  '1': { message: 'There was not enough money in the M-Pesa account.', retry: true },
  '2': { message: 'The amount is below what M-Pesa allows.', retry: false },
  '3': { message: 'The amount is above what M-Pesa allows at once.', retry: false },
  '4': { message: 'The amount would pass the daily M-Pesa limit.', retry: false },
  '8': { message: 'The shop cannot receive this much by M-Pesa at the moment.', retry: false },
  '17': { message: 'The same amount was just asked for. Wait two minutes and try again.', retry: true },
  '1019': { message: 'The request ran out of time before it was answered.', retry: true },
  '1025': { message: 'The request could not be sent to the phone.', retry: true },
  '1032': { message: 'The request was cancelled on the phone.', retry: true },
  '1037': { message: 'The phone could not be reached or nobody answered.', retry: true },
  '2001': { message: 'The M-Pesa PIN was wrong.', retry: true },
  '2028': { message: 'The shop is not set up for this kind of M-Pesa payment.', retry: false },
  '8006': { message: 'The M-Pesa PIN of this phone is locked.', retry: false },
  SFC_IC0003: { message: 'The shop is not set up for this kind of M-Pesa payment.', retry: false },
}

export const paidCode = '0'

/** The failure that a code stands for; undefined where the code does not end the payment. Codes come as numbers and as text. */
export function failureOf(resultCode: string): Failure | undefined {
  return terminal[resultCode]
}
