import { toMinor } from '@duka/contracts'
import { queryRow, queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from '../deps'
import { lockPayment } from '../find-payment'
import { lockRefund, type RefundRow } from '../refund'
import { openReview } from '../settle-payment'
import { settleRefund } from '../settle-refund'
import { type MpesaResult, readResult } from './read-result'

type Database = Pick<Deps, 'database'>
type Outcome = 'applied' | 'ignored' | 'review'

interface CallRow {
  id: string
  refund_id: string
  payment_id: string
  kind: 'reversal' | 'payout' | 'status'
  conversation_id: string | null
  is_timeout: boolean
}

interface Event {
  id: string
  secret_hash: string
  body: string
}

/**
 * Codes after which no money went back (Daraja, Reversal and B2C, result codes), in words for an admin. Every other one
 * but success leaves the refund open.
 */
const terminal: Record<string, string> = {
  '1': 'the shop has not enough money in its M-Pesa account',
  '2': 'the amount is below what M-Pesa allows',
  '3': 'the amount is above what M-Pesa allows at once',
  '4': "the amount would pass the receiver's daily limit",
  '8': 'the receiver cannot hold this much money',
  '11': 'the M-Pesa account is not in a state to be debited',
  '21': 'the initiator may not do this',
  '2001': 'the initiator or its security credential is wrong',
  '2006': 'the M-Pesa account is not active',
  '2028': 'the shop is not set up for this kind of request',
  '8006': 'the security credential is locked',
  R000002: 'Safaricom does not know the receipt',
}

const doneCode = '0'
/** Somebody, or an earlier request of ours whose answer was lost, has reversed it: the money is back. */
const alreadyReversedCode = 'R000001'
const failedStates = new Set(['Cancelled', 'Declined', 'Expired'])

/** Applies what came to the secret address of a refund's request; undefined where the address is of none. */
export async function applyResult(
  deps: Database,
  event: Event,
  transaction: Transaction,
): Promise<{ paymentId: string; outcome: Outcome } | undefined> {
  const call = await findCall(deps, event.secret_hash, transaction)
  if (!call) return undefined
  await lockPayment(deps, call.payment_id, transaction)
  const refund = await lockRefund(deps, call.refund_id, transaction)
  return { paymentId: call.payment_id, outcome: await applyTo(deps, call, refund, event, transaction) }
}

function findCall({ database }: Database, secretHash: string, transaction: Transaction) {
  const sql = `SELECT c.id, c.refund_id, c.kind, c.conversation_id, c.timeout_hash = $1 AS is_timeout, r.payment_id
    FROM mpesa_calls c JOIN refunds r ON r.id = c.refund_id WHERE c.result_hash = $1 OR c.timeout_hash = $1`
  return queryRow<CallRow>(database, sql, [secretHash], transaction)
}

async function applyTo(deps: Database, call: CallRow, refund: RefundRow, event: Event, transaction: Transaction) {
  const review = async (kind: string, detail: string): Promise<Outcome> => {
    const about = { kind, paymentId: refund.payment_id, eventId: event.id, refundId: refund.id, detail }
    await openReview(deps, about, transaction)
    await checkSoon(deps, refund, transaction)
    return 'review'
  }
  // Queued for too long is no answer: it is a reason to ask.
  if (call.is_timeout) return checkSoon(deps, refund, transaction)
  const result = readResult(event.body)
  if (!result) return review('unreadable_callback', 'The result of a refund, with the right secret, could not be read.')
  if (!matchesIds(call, refund, result) || (await isIdOfAnother(deps, call, result, transaction))) {
    return review('wrong_ids', "The ids in a refund's result are not those of its request.")
  }
  await keepId(deps, call, result, transaction)
  if (isSuccess(call, result)) return applySuccess(deps, refund, result, review, transaction)
  return applyFailure(deps, call, refund, result, transaction)
}

/** The id is only known once Safaricom answered the request, which its result may overtake. */
function matchesIds(call: CallRow, refund: RefundRow, { conversationId, originatorId }: MpesaResult): boolean {
  if (call.kind === 'payout' && originatorId !== refund.id) return false
  return call.conversation_id === null || call.conversation_id === conversationId
}

/** Until a request's own id is known, its secret is all that proves a result, and another refund's result is none of it. */
async function isIdOfAnother(
  { database }: Database,
  { refund_id, conversation_id }: CallRow,
  { conversationId }: MpesaResult,
  transaction: Transaction,
): Promise<boolean> {
  if (conversation_id !== null) return false
  const sql = 'SELECT 1 FROM mpesa_calls WHERE conversation_id = $1 AND refund_id <> $2'
  return (await queryRow(database, sql, [conversationId, refund_id], transaction)) !== undefined
}

async function keepId(
  { database }: Database,
  call: CallRow,
  { conversationId }: MpesaResult,
  transaction: Transaction,
) {
  const sql = 'UPDATE mpesa_calls SET conversation_id = $2 WHERE id = $1 AND conversation_id IS NULL'
  await queryRows(database, sql, [call.id, conversationId], transaction)
}

function isSuccess({ kind }: CallRow, { resultCode, status }: MpesaResult): boolean {
  if (kind === 'status') return resultCode === doneCode && status === 'Completed'
  return resultCode === doneCode || (kind === 'reversal' && resultCode === alreadyReversedCode)
}

type Review = (kind: string, detail: string) => Promise<Outcome>

async function applySuccess(
  deps: Database,
  refund: RefundRow,
  { resultCode, amount, receipt: told }: MpesaResult,
  review: Review,
  transaction: Transaction,
): Promise<Outcome> {
  if (amount !== null && amount !== toMinor(refund.amount)) {
    return review('wrong_amount', "A refund's result names another amount than was to go back.")
  }
  // With "already reversed" comes the receipt of the payment, not one of its reversal.
  const receipt = resultCode === alreadyReversedCode ? null : told
  if (receipt && (await isReceiptOfAnother(deps, refund, receipt, transaction))) {
    return review('receipt_reused', `The receipt ${receipt} belongs to a payment, or to another refund.`)
  }
  const isNews = refund.status !== 'succeeded' || (receipt !== null && refund.transaction_id === null)
  if (isNews) await settleRefund(deps, refund, { kind: 'succeeded', reference: null, receipt }, transaction)
  return isNews ? 'applied' : 'ignored'
}

async function isReceiptOfAnother(
  { database }: Database,
  { id }: RefundRow,
  receipt: string,
  transaction: Transaction,
) {
  const sql = `SELECT 1 FROM refunds WHERE transaction_id = $1 AND id <> $2
    UNION ALL SELECT 1 FROM payments WHERE provider = 'mpesa' AND transaction_id = $1`
  return (await queryRow(database, sql, [receipt, id], transaction)) !== undefined
}

/** Money that went back by M-Pesa stays there, so a failure that comes after a success says nothing. */
async function applyFailure(
  deps: Database,
  { kind }: CallRow,
  refund: RefundRow,
  { resultCode, status, description }: MpesaResult,
  transaction: Transaction,
): Promise<Outcome> {
  if (refund.status === 'succeeded' || refund.status === 'failed') return 'ignored'
  const reason = kind === 'status' ? failureOfStatus(status) : failureOfCode(resultCode)
  if (!reason) return 'ignored'
  const message = `${reason} (${resultCode}${description ? `, ${description}` : ''}).`
  await settleRefund(deps, refund, { kind: 'failed', code: resultCode, message }, transaction)
  return 'applied'
}

const failureOfCode = (code: string) => (Object.hasOwn(terminal, code) ? terminal[code] : undefined)
/** A question that failed says nothing about the payout that it asked about. */
const failureOfStatus = (status: string | null) =>
  status && failedStates.has(status) ? `Safaricom ended the payout as ${status}` : undefined

async function checkSoon({ database }: Database, { id }: RefundRow, transaction: Transaction): Promise<Outcome> {
  const sql = `UPDATE refunds SET next_check_at = now() WHERE id = $1 AND status IN ('requested', 'sent')
    AND next_check_at IS NOT NULL RETURNING id`
  return (await queryRow(database, sql, [id], transaction)) ? 'applied' : 'ignored'
}
