/** What happens next by itself: at `at` the first code is the result, the rest follow later; no code means silence. */
export type Due = { at: number; codes: string[] }

/**
 * One STK Push. `prompting`: on the phone now. `silent`: the prompt is gone and no result was ever told.
 * A settled one may be settled once more: money that comes after a failure.
 */
export type Transaction = {
  sequence: number
  merchantRequestId: string
  checkoutRequestId: string
  shortcode: string
  payee: string
  amount: number
  phone: string
  accountReference: string
  callbackUrl: string
  acceptedAt: number
  expiresAt: number
  status: 'prompting' | 'silent' | 'settled'
  ignored: boolean
  due: Due | null
  result: { code: string; at: number } | null
  receipt: string | null
  callbackPending: boolean
  /** How long the receiver took to answer the last callback. */
  callbackMs: number | null
  pendingQueries: number
}

/** One movement of money, in whole shillings. A reversal names the receipt that it undoes. */
export type LedgerEntry = {
  kind: 'payment' | 'reversal' | 'payout'
  receipt: string
  at: number
  amount: number
  shortcode: string
  phone: string
  accountReference?: string
  checkoutRequestId?: string
  originalReceipt?: string
  originatorId?: string
}

/** A reversal, payout or status question: acknowledged at once, its result POSTed to ResultURL later. */
export type AsyncRequest = {
  sequence: number
  kind: 'reversal' | 'payout' | 'status'
  conversationId: string
  originatorId: string
  resultUrl: string
  queueTimeoutUrl: string
  initiator: string
  shortcode: string
  /** Of the reversed or questioned transaction; empty for a payout. */
  originalReceipt: string
  amount: number
  phone: string
  dueAt: number
  result: { code: string; at: number; receipt: string } | null
  told: boolean
}
