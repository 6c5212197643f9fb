import { toMinor } from '@duka/contracts'
import { z } from 'zod'
import { parseJson } from '../parse-json'

const callback = z.object({
  Body: z.object({
    stkCallback: z.object({
      MerchantRequestID: z.string().max(100),
      CheckoutRequestID: z.string().max(100),
      // A number here and text in the answer to a query; some codes are no numbers at all.
      ResultCode: z.union([z.number(), z.string().max(40)]).transform(String),
      // Whatever is not needed may look as it likes: Balance, for one, comes without a value.
      CallbackMetadata: z
        .object({ Item: z.array(z.object({ Name: z.string(), Value: z.unknown().optional() })) })
        .nullish(),
    }),
  }),
})

export interface MpesaCallback {
  merchantRequestId: string
  checkoutRequestId: string
  resultCode: string
  /** Minor units; null where the callback has none, or none that can be read. */
  amount: number | null
  receipt: string | null
  phoneNumber: string | null
}

/** Reads an STK callback; undefined where the bytes are none. Items are looked up by name: their order is not promised. */
export function readCallback(body: string): MpesaCallback | undefined {
  const parsed = callback.safeParse(parseJson(body))
  if (!parsed.success) return undefined
  const { stkCallback } = parsed.data.Body
  const items = new Map(stkCallback.CallbackMetadata?.Item.map(({ Name, Value }) => [Name, Value]))
  return {
    merchantRequestId: stkCallback.MerchantRequestID,
    checkoutRequestId: stkCallback.CheckoutRequestID,
    resultCode: stkCallback.ResultCode,
    amount: readAmount(items.get('Amount')),
    receipt: readReceipt(items.get('MpesaReceiptNumber')),
    phoneNumber: readPhoneNumber(items.get('PhoneNumber')),
  }
}

function readAmount(value: unknown): number | null {
  try {
    return typeof value === 'number' || typeof value === 'string' ? toMinor(value) : null
  } catch {
    return null
  }
}

function readPhoneNumber(value: unknown): string | null {
  return /^254[17]\d{8}$/.test(String(value)) ? String(value) : null
}

function readReceipt(value: unknown): string | null {
  const receipt = typeof value === 'string' ? value.trim() : ''
  return /^[A-Za-z0-9]{6,30}$/.test(receipt) ? receipt.toUpperCase() : null
}
