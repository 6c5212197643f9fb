import { createHash, randomBytes } from 'node:crypto'
import {
  type paymentContract as contract,
  type InputOf,
  type Minor,
  type orderContract,
  toMinor,
} from '@duka/contracts'
import { type Claim, newId, Problem, queryRow, queryRows, type User } from '@duka/kit'
import type { Deps } from './deps'
import { findPayment } from './find-payment'
import { giveBackPrompt } from './limit-prompts'
import type { PushOutcome } from './mpesa/daraja'
import { openTry } from './open-try'
import { type PaymentRow, paymentColumns, toPayment, unknownFailure } from './payment'
import { requirePayableOrder } from './require-payable-order'
import { countEnded } from './watch-payments'

type Body = InputOf<typeof contract.payByMpesa>['body']

const minAmount: Minor = 100
const maxAmount: Minor = 25_000_000
/** A prompt lives for about a minute; this is when we start to ask what became of it. */
const firstCheckSeconds = 20

/**
 * Asks for an order's total by a prompt on a phone. The try is written before Safaricom is asked, so that a callback
 * always finds it; a try whose request got no answer is asked about, and never sent again.
 */
export async function payByMpesa(deps: Deps, user: User, body: Body, claim: Claim | null) {
  const begun = claim?.resourceId ? await findPayment(deps, claim.resourceId) : undefined
  if (begun && !wasRefused(begun)) return answerBegunTry(begun)
  if (!deps.mpesa) throw unavailable('M-Pesa is not set up in this shop.')
  const order = await requirePayableOrder(deps, user, body)
  const amount = requireMpesaAmount(order)
  const secret = randomBytes(32).toString('hex')
  const payment = await openTry(
    deps,
    {
      id: newId(),
      order,
      provider: 'mpesa',
      amount,
      prompt: { phoneNumber: body.phoneNumber, callbackHash: hashSecret(secret), firstCheckSeconds },
    },
    claim,
  )
  const outcome = await deps.mpesa.daraja.push({
    amount: amount / 100,
    phoneNumber: body.phoneNumber,
    accountReference: order.orderNumber.replaceAll('-', '').slice(0, 12),
    callbackUrl: `${deps.mpesa.callbackBaseUrl}/api/webhook/m/${secret}`,
  })
  return answerPush(deps, payment, outcome)
}

/** The secret in a callback's path is all that proves it, so only its hash is kept. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Only a try that reached no phone fails without a reference; the same request may then try again. */
function wasRefused({ status, external_reference }: PaymentRow): boolean {
  return status === 'failed' && external_reference === null
}

function requireMpesaAmount({ totalAmount, currency }: orderContract.PayableOrder): Minor {
  const amount = toMinor(totalAmount)
  if (currency === 'KES' && amount >= minAmount && amount <= maxAmount && amount % 100 === 0) return amount
  const detail = `M-Pesa takes whole amounts from KES 1 to KES 250,000 at once; this order is ${currency} ${totalAmount}.`
  throw new Problem(422, 'amount_out_of_range', detail)
}

function answerBegunTry(payment: PaymentRow) {
  return { message: promptMessage(payment), payment: toPayment(payment), checkoutRequestId: payment.external_reference }
}

function promptMessage({ external_reference, status, failure_code, failure_message }: PaymentRow): string {
  if (status === 'failed') return failure_message ?? 'Not paid.'
  if (status !== 'pending') return 'Paid.'
  return external_reference && !failure_code ? 'Enter your M-Pesa PIN on the phone.' : unknownFailure.message
}

async function answerPush(deps: Deps, payment: PaymentRow, outcome: PushOutcome) {
  if (outcome.kind === 'accepted') {
    return answerBegunTry(await keepIds(deps, payment.id, outcome.checkoutRequestId, outcome.merchantRequestId))
  }
  if (outcome.kind === 'unknown') {
    deps.log.warn('mpesa_push_unknown', { paymentId: payment.id, reason: outcome.message })
    return answerBegunTry(await findPayment(deps, payment.id))
  }
  deps.log.warn('mpesa_push_refused', { paymentId: payment.id, code: outcome.code, reason: outcome.message })
  const problem = refusal(outcome)
  await endTry(deps, payment.id, problem)
  const { order_id: orderId, user_id: userId, phone_number: phoneNumber } = payment
  if (phoneNumber) await giveBackPrompt(deps, { phoneNumber, orderId, userId })
  throw problem
}

/** The callback may have come, and written the ids, before this answer did. An id of another payment is not taken. */
async function keepIds(deps: Deps, id: string, checkoutRequestId: string, merchantRequestId: string) {
  const sql = `UPDATE payments SET external_reference = COALESCE(external_reference, $2),
      merchant_request_id = COALESCE(merchant_request_id, $3), updated_at = now() WHERE id = $1
      AND NOT EXISTS (SELECT 1 FROM payments WHERE provider = 'mpesa' AND external_reference = $2 AND id <> $1)
      RETURNING ${paymentColumns}`
  const kept = await queryRow<PaymentRow>(deps.database, sql, [id, checkoutRequestId, merchantRequestId])
  return kept ?? findPayment(deps, id)
}

/** Nothing was sent to a phone, so this try is over; the customer may start another at once. */
async function endTry(deps: Deps, id: string, { code, detail }: Problem): Promise<void> {
  const sql = `UPDATE payments SET status = 'failed', failure_code = $2, failure_message = $3, next_check_at = NULL,
      updated_at = now() WHERE id = $1 AND status = 'pending' RETURNING provider`
  const ended = await queryRows<PaymentRow>(deps.database, sql, [id, code, detail])
  countEnded(ended, 'failed', code)
}

function refusal({ kind, code }: Extract<PushOutcome, { kind: 'refused' | 'busy' }>): Problem {
  if (code === 'payer_busy') {
    return new Problem(
      409,
      'payer_busy',
      'Another M-Pesa request is open on this phone. Answer it, or wait a minute.',
      {
        headers: { 'Retry-After': '60' },
      },
    )
  }
  if (kind === 'busy') return unavailable('M-Pesa is busy at the moment. No money was asked for; try again shortly.')
  if (code === 'setup') return unavailable('M-Pesa is not available in this shop at the moment.')
  return new Problem(422, 'payment_refused', 'M-Pesa does not know this phone number. Check it.')
}

function unavailable(detail: string): Problem {
  return new Problem(503, 'provider_unavailable', detail, { headers: { 'Retry-After': '30' } })
}
