import type { Delivery } from '@duka/simulator-kit'
import { writeCallback } from './callback-body'
import { makeMerchantRequestId, makeReceipt } from './ids'
import type { FaultName, Switches } from './switches'
import type { Transaction } from './transaction'

/** Whether a fault strikes here. */
export type Strikes = (fault: FaultName) => boolean

/** Every POST that tells of this result: one, unless a fault makes it none, several, late or wrong. */
export function planCallback(transaction: Transaction, code: string, switches: Switches, strikes: Strikes): Delivery[] {
  const lies = code === '0' && strikes('wrongAmount')
  const text = writeCallback(transaction, {
    code,
    receipt: transaction.receipt ?? '',
    at: transaction.result?.at ?? transaction.acceptedAt,
    amount: lies ? alter(transaction.amount, switches.wrongAmount.by) : transaction.amount,
    merchantRequestId: strikes('wrongIds') ? strangeId(transaction) : transaction.merchantRequestId,
    codeAsText: strikes('textResultCode'),
    balance: switches.rules.balanceItem,
  })
  return planPosts(transaction.callbackUrl, text, switches, strikes)
}

/** How often and when a text is POSTed. */
export function planPosts(url: string, text: string, switches: Switches, strikes: Strikes): Delivery[] {
  if (strikes('lost')) return []
  const first: Delivery = {
    url,
    write: () => ({ text }),
    afterMs: strikes('late') ? switches.late.ms : 0,
    dripMs: strikes('slowBody') ? switches.slowBody.ms : 0,
    ...(strikes('reordered') && { heldMs: switches.reordered.maxMs }),
    retryAfterMs: (tries) => (tries <= switches.retries.times ? switches.retries.everyMs : undefined),
  }
  const copies = strikes('doubled') ? switches.doubled.times : 0
  return Array.from({ length: 1 + copies }, (_, copy) => ({
    ...first,
    afterMs: (first.afterMs ?? 0) + copy * switches.doubled.gapMs,
  }))
}

/**
 * A stranger's "paid" for a push that is still waiting: everything in it can be guessed but the secret in the path,
 * and it claims in a header to come from Safaricom.
 */
export function planForgery(transaction: Transaction, at: number): Delivery {
  const text = writeCallback(transaction, {
    code: '0',
    receipt: makeReceipt(at - 86_400_000, transaction.sequence),
    at,
    amount: transaction.amount,
    merchantRequestId: transaction.merchantRequestId,
    codeAsText: false,
    balance: true,
  })
  const headers = { 'x-forwarded-for': '196.201.214.200' }
  return { url: guessSecret(transaction.callbackUrl), write: () => ({ text, headers }) }
}

const strangeId = ({ sequence }: Transaction) => makeMerchantRequestId('strange', sequence)

const alter = (amount: number, by: number) => (amount + by > 0 ? amount + by : amount + Math.abs(by))

/** The same URL with its last path segment turned into another of the same length. */
function guessSecret(address: string): string {
  const url = new URL(address)
  const segments = url.pathname.split('/')
  const secret = segments.pop() ?? ''
  const guess = secret.replace(/[0-9a-f]/gi, (digit) => ((Number.parseInt(digit, 16) + 7) % 16).toString(16))
  url.pathname = [...segments, guess === secret ? `${secret}0` : guess].join('/')
  return url.href
}
