import { z } from 'zod'
import type { MpesaAccount } from './account'
import { fault, type Post, readUnanswered } from './transport'

interface Addresses {
  resultUrl: string
  /** Told when a request queued for too long, which decides nothing. */
  timeoutUrl: string
}

/**
 * What is asked of Safaricom. A reversal takes a whole payment back, by its receipt. A payout sends whole shillings to a
 * phone; its id works once. A status question is about the payout with that id.
 */
export type DarajaRequest = Addresses &
  (
    | { kind: 'reversal'; receipt: string; amount: number }
    | { kind: 'payout'; id: string; phoneNumber: string; amount: number }
    | { kind: 'status'; id: string }
  )

/**
 * What became of a request. Whatever is not `refused` may be sent again: a receipt is reversed once, and a payout's id
 * works once. `duplicate`: Safaricom has a payout with this id. `later`: not sent, or nobody knows.
 */
export type RequestOutcome =
  | { kind: 'accepted'; conversationId: string }
  | { kind: 'duplicate' }
  | { kind: 'refused'; message: string }
  | { kind: 'later'; message: string }

const accepted = z.object({
  ResponseCode: z.coerce.string().refine((code) => code === '0'),
  ConversationID: z.string().min(1).max(100),
})

const paths: Record<DarajaRequest['kind'], string> = {
  reversal: '/mpesa/reversal/v1/request',
  payout: '/mpesa/b2c/v3/paymentrequest',
  status: '/mpesa/transactionstatus/v1/query',
}

export async function sendRequest(post: Post, account: MpesaAccount, call: DarajaRequest): Promise<RequestOutcome> {
  try {
    const { status, data } = await post(paths[call.kind], bodyOf(account, call))
    const answer = accepted.safeParse(data)
    if (status === 200 && answer.success) return { kind: 'accepted', conversationId: answer.data.ConversationID }
    const said = fault.safeParse(data)
    if (!said.success) return { kind: 'later', message: `status ${status} without a known body` }
    return readFault(said.data.errorCode, said.data.errorMessage)
  } catch (error) {
    return { kind: 'later', message: readUnanswered(error).message }
  }
}

function readFault(code: string, message: string): RequestOutcome {
  if (/duplicate/i.test(message)) return { kind: 'duplicate' }
  if (/^40[0-9]\./.test(code)) return { kind: 'refused', message: `${code} ${message}` }
  return { kind: 'later', message: `${code} ${message}` }
}

/** Spelt as Safaricom spells it (Daraja, Reversal, B2C and Transaction Status). */
function bodyOf(account: MpesaAccount, call: DarajaRequest): object {
  const common = {
    SecurityCredential: account.initiator?.credential,
    ResultURL: call.resultUrl,
    QueueTimeOutURL: call.timeoutUrl,
    Remarks: 'Refund of an order',
  }
  if (call.kind === 'reversal') {
    return {
      ...common,
      Initiator: account.initiator?.name,
      CommandID: 'TransactionReversal',
      TransactionID: call.receipt,
      Amount: call.amount,
      ReceiverParty: account.shortcode,
      RecieverIdentifierType: '11',
      Occasion: 'Refund',
    }
  }
  if (call.kind === 'payout') {
    return {
      ...common,
      OriginatorConversationID: call.id,
      InitiatorName: account.initiator?.name,
      CommandID: 'BusinessPayment',
      Amount: call.amount,
      PartyA: account.initiator?.payoutShortcode,
      PartyB: call.phoneNumber,
      Occassion: 'Refund',
    }
  }
  return {
    ...common,
    Initiator: account.initiator?.name,
    CommandID: 'TransactionStatusQuery',
    OriginalConversationID: call.id,
    PartyA: account.shortcode,
    IdentifierType: '4',
    Occasion: 'Refund',
  }
}
