/**
 * The codes after which no money can have moved (Daraja, M-Pesa Express, error codes). Every other code but 0 leaves
 * the payment pending: it means that Safaricom has not decided, or that we do not know what it means. The words are for
 * the person who pays.
 */
const terminal: Record<string, string> = {
  '1': 'There was not enough money in the M-Pesa account.',
  '2': 'The amount is below what M-Pesa allows.',
  '3': 'The amount is above what M-Pesa allows at once.',
  '4': 'The amount would pass the daily M-Pesa limit.',
  '8': 'The shop cannot receive this much by M-Pesa at the moment.',
  '17': 'The same amount was just asked for. Wait two minutes and try again.',
  '1019': 'The request ran out of time before it was answered.',
  '1025': 'The request could not be sent to the phone.',
  '1032': 'The request was cancelled on the phone.',
  '1037': 'The phone could not be reached or nobody answered.',
  '2001': 'The M-Pesa PIN was wrong.',
  '2028': 'The shop is not set up for this kind of M-Pesa payment.',
  '8006': 'The M-Pesa PIN of this phone is locked.',
  SFC_IC0003: 'The shop is not set up for this kind of M-Pesa payment.',
}

/** Codes that are also sent when a prompt merely ran out of time, and after which a payment was seen to come after all. */
export const doubtful: ReadonlySet<string> = new Set(['1019', '1032', '1037'])

export const paidCode = '0'

/** Whether a code is one of those above, and not just anything. */
export function isKnownCode(code: string): boolean {
  return code === paidCode || Object.hasOwn(terminal, code)
}

export interface Failure {
  code: string
  message: string
  /** Worth asking about once more, because the money may have come in spite of it. */
  isDoubtful: boolean
}

/** The failure that a code stands for; undefined where the code does not end the payment. */
export function failureOf(code: string): Failure | undefined {
  const message = Object.hasOwn(terminal, code) ? terminal[code] : undefined
  return message === undefined ? undefined : { code, message, isDoubtful: doubtful.has(code) }
}
