import { formatEat } from './eat-time'
import { resultCodes, toWireCode } from './result-codes'
import type { Transaction } from './transaction'

export type CallbackOptions = {
  code: string
  receipt: string
  at: number
  amount: number
  merchantRequestId: string
  codeAsText: boolean
  balance: boolean
}

/** The callback's JSON text: a failure has no metadata, an amount has decimals, Balance has no Value. */
export function writeCallback(transaction: Transaction, options: CallbackOptions): string {
  const callback = {
    MerchantRequestID: options.merchantRequestId,
    CheckoutRequestID: transaction.checkoutRequestId,
    ResultCode: options.codeAsText ? options.code : toWireCode(options.code),
    ResultDesc: resultCodes[options.code] ?? 'Failed',
    ...(options.code === '0' && { CallbackMetadata: { Item: metadata(transaction, options) } }),
  }
  const text = JSON.stringify({ Body: { stkCallback: callback } })
  // JavaScript cannot write 100.00, which is what Safaricom sends.
  return text.replace(/("Name":"Amount","Value":-?\d+)/, '$1.00')
}

const metadata = ({ phone }: Transaction, { amount, receipt, at, balance }: CallbackOptions) => [
  { Name: 'Amount', Value: amount },
  { Name: 'MpesaReceiptNumber', Value: receipt },
  ...(balance ? [{ Name: 'Balance' }] : []),
  { Name: 'TransactionDate', Value: Number(formatEat(at)) },
  { Name: 'PhoneNumber', Value: Number(phone) },
]
