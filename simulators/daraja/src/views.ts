import { promptText } from './accept-push'
import { eatParts } from './eat-time'
import type { LedgerSums } from './ledger'
import { resultCodes } from './result-codes'
import type { Simulator } from './simulator'
import type { LedgerEntry, Transaction } from './transaction'

export type LedgerPage = { totals: LedgerSums; dropped: LedgerSums; entries: LedgerEntry[]; next: string | null }
export type Prompt = ReturnType<typeof toPrompt>
export type Phone = { phone: string; prompt: Prompt | null; messages: Message[] }
/** `reversible`: the receipt that the merchant's people can still take back in the portal. */
type Message = { at: string; text: string; paid: boolean; reversible: string | null }

const inWords: Readonly<Record<string, string>> = {
  '1': 'Your balance is too low.',
  '1032': 'You cancelled it.',
  '1037': 'You did not answer in time.',
  '2001': 'You entered a wrong PIN.',
}

const recentTransactions = 200
const phonesShown = 40
const messagesShown = 6

export function toPrompt({ merchant }: Simulator, transaction: Transaction) {
  const { checkoutRequestId, phone, amount, payee, accountReference, acceptedAt, expiresAt, ignored } = transaction
  return {
    checkoutRequestId,
    phone,
    amount,
    merchant: merchant.name,
    payee,
    accountReference,
    text: promptText(merchant.name, amount, payee, accountReference),
    acceptedAt: new Date(acceptedAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
    ignored,
  }
}

export function listPrompts(sim: Simulator, phone?: string): Prompt[] {
  const ids = phone === undefined ? [...sim.state.live.values()] : [sim.state.live.get(phone) ?? '']
  return ids.flatMap((id) => sim.state.transactions.get(id) ?? []).map((transaction) => toPrompt(sim, transaction))
}

/** The phones that were asked lately, those with a prompt first, each with the messages it got. */
export function listPhones(sim: Simulator): Phone[] {
  const recent = [...sim.state.transactions.values()].slice(-recentTransactions).reverse()
  const prompts = new Map(listPrompts(sim).map((prompt) => [prompt.phone, prompt]))
  const numbers = [...new Set([...prompts.keys(), ...recent.map(({ phone }) => phone)])].slice(0, phonesShown)
  return numbers.map((phone) => ({
    phone,
    prompt: prompts.get(phone) ?? null,
    messages: recent
      .filter((transaction) => transaction.phone === phone && transaction.status !== 'prompting')
      .slice(0, messagesShown)
      .map((transaction) => toMessage(sim, transaction)),
  }))
}

export function readLedger({ state: { ledger } }: Simulator, after: string | undefined, limit: number): LedgerPage {
  const all = [...ledger.entries.values()]
  const start = after === undefined ? 0 : all.findIndex(({ receipt }) => receipt === after) + 1
  const entries = all.slice(start, start + limit)
  const next = start + limit < all.length ? (entries.at(-1)?.receipt ?? null) : null
  return { totals: { ...ledger.totals }, dropped: { ...ledger.dropped }, entries, next }
}

function toMessage({ merchant, state }: Simulator, transaction: Transaction): Message {
  const { amount, accountReference, receipt, result } = transaction
  const at = result?.at ?? transaction.expiresAt
  const { year, month, day, clock } = eatParts(at)
  const what = `KES ${amount.toLocaleString('en-KE')}.00 to ${merchant.name} for account ${accountReference}`
  const text = receipt
    ? `${receipt} Confirmed. ${what} paid on ${Number(day)}/${Number(month)}/${year} at ${clock.slice(0, 5)}.`
    : `Not paid: ${what}. ${toWords(result?.code ?? '')}`
  const isReversed = receipt !== null && state.ledger.reversed.has(receipt)
  const told = isReversed ? `${text} It was reversed.` : text
  return { at: new Date(at).toISOString(), text: told, paid: receipt !== null, reversible: isReversed ? null : receipt }
}

const toWords = (code: string) => inWords[code] ?? resultCodes[code] ?? 'You did not answer in time.'
