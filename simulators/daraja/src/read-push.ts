import { isCallbackUrl } from './callback-url'
import { DarajaError, invalidField } from './daraja-error'
import { parseEat } from './eat-time'
import type { Simulator } from './simulator'

export type PushRequest = {
  shortcode: string
  transactionType: 'CustomerPayBillOnline' | 'CustomerBuyGoodsOnline'
  amount: number
  payee: string
  phone: string
  callbackUrl: string
  accountReference: string
}

/** Reads a text or number field; anything else, and a missing one, is empty and fails the field's rule. */
type Fields = (name: string) => string

export const msisdn = /^254[17]\d{8}$/
const shortcode = /^\d{5,7}$/
const maxAmount = 250_000

export const toFields =
  (body: unknown): Fields =>
  (name) => {
    const value = body && typeof body === 'object' ? (body as Record<string, unknown>)[name] : undefined
    return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  }

/** Checks an STK Push the way Safaricom does: fields first, then who asks. Throws the DarajaError to answer with. */
export function readPush(sim: Simulator, body: unknown): PushRequest {
  const field = toFields(body)
  checkCredentialFields(sim, field)
  for (const [name, isValid, blamed = name] of pushRules(sim)) {
    if (!isValid(field(name))) throw invalidField(blamed)
  }
  checkCredentials(sim, field)
  return {
    shortcode: field('BusinessShortCode'),
    transactionType: field('TransactionType') as PushRequest['transactionType'],
    amount: Number(field('Amount')),
    payee: field('PartyB'),
    phone: field('PhoneNumber'),
    callbackUrl: field('CallBackURL'),
    accountReference: field('AccountReference'),
  }
}

/** The three fields that every STK call proves itself by. */
export function checkCredentialFields(sim: Simulator, field: Fields): void {
  if (!shortcode.test(field('BusinessShortCode'))) throw invalidField('BusinessShortCode')
  if (field('Password') === '') throw invalidField('Password')
  const at = parseEat(field('Timestamp'))
  const allowedMs = sim.switches.rules.timestampMinutes * 60_000
  // A stamp in UTC is three hours behind East Africa Time.
  if (at === null || (allowedMs > 0 && Math.abs(sim.clock.now() - at) > allowedMs)) throw invalidField('Timestamp')
}

export function checkCredentials({ merchant }: Simulator, field: Fields): void {
  if (field('BusinessShortCode') !== merchant.shortcode) {
    throw new DarajaError(500, '500.001.1001', 'Merchant does not exist')
  }
  const expected = Buffer.from(merchant.shortcode + merchant.passkey + field('Timestamp')).toString('base64')
  if (field('Password') !== expected) throw new DarajaError(500, '500.001.1001', 'Wrong credentials')
}

type Rule = [name: string, isValid: (text: string) => boolean, blamed?: string]

function pushRules({ switches: { rules } }: Simulator): Rule[] {
  const fits = (text: string, max: number) => text.length > 0 && (!rules.lengthLimits || text.length <= max)
  return [
    ['TransactionType', (text) => /^Customer(PayBill|BuyGoods)Online$/.test(text)],
    ['Amount', (text) => /^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= maxAmount],
    ['PartyA', (text) => msisdn.test(text)],
    ['PartyB', (text) => shortcode.test(text)],
    ['PhoneNumber', (text) => msisdn.test(text)],
    ['CallBackURL', isCallbackUrl],
    [
      'AccountReference',
      (text) => fits(text, 12) && (!rules.alphanumericReference || /^[a-z0-9]+$/i.test(text)) && /^[ -~]*$/.test(text),
    ],
    // The sandbox calls a missing TransactionDesc "Remarks".
    ['TransactionDesc', (text) => fits(text, 13), 'Remarks'],
  ]
}
