import { DarajaError, invalidField } from './daraja-error'
import { checkCredentialFields, checkCredentials, toFields } from './read-push'
import { resultCodes } from './result-codes'
import { drawFault, type Simulator } from './simulator'
import type { Transaction } from './transaction'

/** STK Query: no amount, no receipt, no phone; codes as text; two ways to say "still pending", taken in turn. */
export function answerQuery(sim: Simulator, body: unknown) {
  const field = toFields(body)
  checkCredentialFields(sim, field)
  checkCredentials(sim, field)
  // What Safaricom answers for an id that it does not know is not published.
  const transaction = sim.state.transactions.get(field('CheckoutRequestID'))
  if (!transaction) throw invalidField('CheckoutRequestID')
  if (transaction.result) return toAnswer(transaction, toldCode(sim, transaction, transaction.result.code))
  if (isFirstOfTwo(transaction)) {
    throw new DarajaError(500, '500.001.1001', 'The transaction is being processed', transaction.checkoutRequestId)
  }
  return toAnswer(transaction, '4999', 'The transaction is still under processing')
}

const toAnswer = (transaction: Transaction, code: string, description = resultCodes[code] ?? 'Failed') => ({
  ResponseCode: '0',
  // Safaricom's own spelling.
  ResponseDescription: 'The service request has been accepted successsfully',
  MerchantRequestID: transaction.merchantRequestId,
  CheckoutRequestID: transaction.checkoutRequestId,
  ResultCode: code,
  ResultDesc: description,
})

function toldCode(sim: Simulator, transaction: Transaction, code: string): string {
  return code === '0' && drawFault(sim, 'queryDisagrees', transaction) ? '1032' : code
}

/** Counted in memory only: which of the two comes first is of no consequence after a restart. */
function isFirstOfTwo(transaction: Transaction): boolean {
  transaction.pendingQueries += 1
  return transaction.pendingQueries % 2 === 1
}
