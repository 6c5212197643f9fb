import { toMinor } from '@duka/contracts'
import { z } from 'zod'
import { parseJson } from '../parse-json'

const result = z.object({
  Result: z.object({
    // A number or text, and some codes are no numbers at all.
    ResultCode: z.union([z.number(), z.string().max(40)]).transform(String),
    ResultDesc: z.string().max(500).catch(''),
    OriginatorConversationID: z.string().max(100).catch(''),
    ConversationID: z.string().max(100),
    TransactionID: z.string().max(40).catch(''),
    ResultParameters: z
      .object({ ResultParameter: z.array(z.object({ Key: z.string(), Value: z.unknown().optional() })) })
      .nullish(),
  }),
})

export interface MpesaResult {
  conversationId: string
  originatorId: string
  resultCode: string
  description: string
  receipt: string | null
  /** Minor units; null where the result has none that can be read. */
  amount: number | null
  /** What a status question was answered, such as `Completed`. */
  status: string | null
}

/** Reads the result of a reversal, a payout or a status question; undefined where the bytes are none. */
export function readResult(body: string): MpesaResult | undefined {
  const parsed = result.safeParse(parseJson(body))
  if (!parsed.success) return undefined
  const { Result } = parsed.data
  const parameters = new Map(Result.ResultParameters?.ResultParameter.map(({ Key, Value }) => [Key, Value]))
  const status = parameters.get('TransactionStatus')
  return {
    conversationId: Result.ConversationID,
    originatorId: Result.OriginatorConversationID,
    resultCode: Result.ResultCode,
    description: Result.ResultDesc,
    receipt: readReceipt(parameters.get('ReceiptNo') ?? parameters.get('TransactionReceipt') ?? Result.TransactionID),
    amount: readAmount(parameters.get('Amount') ?? parameters.get('TransactionAmount')),
    status: typeof status === 'string' ? status : null,
  }
}

function readAmount(value: unknown): number | null {
  try {
    return typeof value === 'number' || typeof value === 'string' ? toMinor(value) : null
  } catch {
    return null
  }
}

/** Zeros stand for no receipt. */
function readReceipt(value: unknown): string | null {
  const receipt = typeof value === 'string' ? value.trim() : ''
  return /^[A-Za-z0-9]{6,30}$/.test(receipt) && !/^0+$/.test(receipt) ? receipt.toUpperCase() : null
}
