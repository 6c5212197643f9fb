import { randomBytes } from 'node:crypto'
import { toMinor } from '@duka/contracts'
import { newId, Problem, queryRow, queryRows } from '@duka/kit'
import type { Deps } from '../deps'
import { hashSecret } from '../pay-by-mpesa'
import type { PaymentRow } from '../payment'
import type { RefundRow } from '../refund'
import type { RefundProvider, RefundStep } from '../refund-provider'
import type { DarajaRequest, RequestOutcome } from './send-request'

type Kind = DarajaRequest['kind']

/** What was asked of Safaricom for a refund so far. */
interface Past {
  /** How the money goes back; the first request decides it for all that follow. */
  kind: 'reversal' | 'payout' | null
  is_known: boolean
  is_doubtful: boolean
}

/**
 * Refunds by M-Pesa: a whole payment with a known receipt is reversed, anything else is paid out to the phone that paid.
 * null where the shop has no account, or one that may only take money.
 */
export function mpesaRefunds({ mpesa, database, log }: Deps): RefundProvider | null {
  if (!mpesa?.daraja.canRefund) return null
  return {
    requireAmount(amount) {
      if (amount % 100 === 0) return
      throw new Problem(422, 'amount_out_of_range', 'M-Pesa gives back whole shillings only.')
    },
    async advance(refund, payment) {
      const past = await readPast({ database }, refund)
      const kind = past.kind ?? (isReversible(refund, payment) ? 'reversal' : 'payout')
      const next = kind === 'payout' && past.is_known ? 'status' : kind
      if (next === 'payout' && !payment.phone_number) {
        return { kind: 'failed', code: 'no_phone_number', message: 'Nobody knows which phone paid.' }
      }
      const { id, addresses } = await openCall({ database }, refund, next, mpesa.callbackBaseUrl)
      const outcome = await mpesa.daraja.request({ ...requestOf(next, refund, payment), ...addresses })
      await closeCall({ database }, id, outcome)
      log.info('mpesa_refund_call', { refundId: refund.id, kind: next, outcome: outcome.kind })
      return toStep(outcome, past)
    },
  }
}

type Database = Pick<Deps, 'database'>

function isReversible({ amount }: RefundRow, payment: PaymentRow): boolean {
  return payment.transaction_id !== null && amount === payment.amount
}

async function readPast({ database }: Database, { id }: RefundRow): Promise<Past> {
  const past = await queryRow<Past>(
    database,
    `SELECT min(kind) AS kind,
       COALESCE(bool_or(outcome IN ('accepted', 'duplicate') OR conversation_id IS NOT NULL), false) AS is_known,
       COALESCE(bool_or(outcome IS NULL OR outcome <> 'refused'), false) AS is_doubtful
     FROM mpesa_calls WHERE refund_id = $1 AND kind <> 'status'`,
    [id],
  )
  return past!
}

/** Each request is written before it is sent, with the hashes of its own two secret addresses. */
async function openCall({ database }: Database, { id: refundId }: RefundRow, kind: Kind, base: string) {
  const id = newId()
  const [result, timeout] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
  await queryRows(
    database,
    'INSERT INTO mpesa_calls (id, refund_id, kind, result_hash, timeout_hash) VALUES ($1, $2, $3, $4, $5)',
    [id, refundId, kind, hashSecret(result), hashSecret(timeout)],
  )
  const addressOf = (secret: string) => `${base}/api/webhook/m/${secret}`
  return { id, addresses: { resultUrl: addressOf(result), timeoutUrl: addressOf(timeout) } }
}

/** The result may have come, and written the id, before this answer did. */
async function closeCall({ database }: Database, id: string, outcome: RequestOutcome): Promise<void> {
  const conversationId = outcome.kind === 'accepted' ? outcome.conversationId : null
  const sql = 'UPDATE mpesa_calls SET outcome = $2, conversation_id = COALESCE(conversation_id, $3) WHERE id = $1'
  await queryRows(database, sql, [id, outcome.kind, conversationId])
}

type Asked<R> = R extends DarajaRequest ? Omit<R, 'resultUrl' | 'timeoutUrl'> : never

function requestOf(kind: Kind, refund: RefundRow, payment: PaymentRow): Asked<DarajaRequest> {
  const amount = toMinor(refund.amount) / 100
  if (kind === 'reversal') return { kind, receipt: payment.transaction_id ?? '', amount }
  if (kind === 'payout') return { kind, id: refund.id, phoneNumber: payment.phone_number ?? '', amount }
  return { kind, id: refund.id }
}

/** A refusal ends a refund only where no request before it may have gone through. */
function toStep(outcome: RequestOutcome, { is_doubtful }: Past): RefundStep {
  if (outcome.kind === 'accepted') return { kind: 'sent', reference: outcome.conversationId }
  if (outcome.kind === 'duplicate') return { kind: 'sent', reference: null }
  if (outcome.kind === 'later' || is_doubtful) return { kind: 'waiting', reason: outcome.message }
  return { kind: 'failed', code: 'refused', message: `Safaricom refused it: ${outcome.message}` }
}
