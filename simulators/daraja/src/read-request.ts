import { isCallbackUrl } from './callback-url'
import { DarajaError, invalidField } from './daraja-error'
import { msisdn, toFields } from './read-push'
import type { Simulator } from './simulator'
import type { AsyncRequest } from './transaction'

export type RequestFields = Pick<
  AsyncRequest,
  'kind' | 'originatorId' | 'resultUrl' | 'queueTimeoutUrl' | 'initiator' | 'shortcode' | 'originalReceipt' | 'phone'
> & { amount: number }

type Field = ReturnType<typeof toFields>
type Rule = [name: string, isValid: (text: string) => boolean]

const isAmount = (text: string) => /^\d{1,6}$/.test(text) && Number(text) >= 1
const isRemark = (text: string) => text.length >= 2 && text.length <= 100
const equals = (expected: string) => (text: string) => text === expected

/** The encrypted password cannot be read here: anything as long as an RSA key's output is taken. */
const isCredential = (text: string) =>
  /^[A-Za-z0-9+/]+=*$/.test(text) && [128, 256, 512].includes(Buffer.from(text, 'base64').length)

const commonRules: Rule[] = [
  ['SecurityCredential', isCredential],
  ['Remarks', isRemark],
  ['ResultURL', isCallbackUrl],
  ['QueueTimeOutURL', isCallbackUrl],
]

function check(field: Field, rules: Rule[]) {
  const broken = [...rules, ...commonRules].find(([name, isValid]) => !isValid(field(name)))
  if (broken) throw invalidField(broken[0])
}

const common = (field: Field, shortcode: string) => ({
  resultUrl: field('ResultURL'),
  queueTimeoutUrl: field('QueueTimeOutURL'),
  shortcode,
  originalReceipt: field('TransactionID'),
})

/** `RecieverIdentifierType` is spelt as Safaricom spells it. */
export function readReversal({ merchant, state }: Simulator, body: unknown): RequestFields {
  const field = toFields(body)
  check(field, [
    ['CommandID', equals('TransactionReversal')],
    ['TransactionID', (text) => text !== ''],
    ['Amount', isAmount],
    ['ReceiverParty', equals(merchant.shortcode)],
    ['RecieverIdentifierType', equals('11')],
  ])
  const amount = Number(field('Amount'))
  const original = state.ledger.entries.get(field('TransactionID'))
  // Safaricom does not say that part of a payment can be reversed, so here it cannot.
  if (original && original.amount !== amount) throw invalidField('Amount')
  return {
    kind: 'reversal',
    ...common(field, merchant.shortcode),
    originatorId: '',
    initiator: field('Initiator'),
    amount,
    phone: original?.phone ?? '',
  }
}

/** A payout's OriginatorConversationID is the caller's and may be used once. */
export function readPayout({ merchant, state }: Simulator, body: unknown): RequestFields {
  const field = toFields(body)
  const shortcode = merchant.b2cShortcode ?? merchant.shortcode
  check(field, [
    ['OriginatorConversationID', (text) => text !== '' && text.length <= 100],
    ['CommandID', (text) => /^(Business|Salary|Promotion)Payment$/.test(text)],
    ['Amount', isAmount],
    ['PartyA', equals(shortcode)],
    ['PartyB', (text) => msisdn.test(text)],
  ])
  const originatorId = field('OriginatorConversationID')
  if (state.originators.has(originatorId)) {
    throw new DarajaError(500, '500.002.1001', 'Duplicate OriginatorConversationID.')
  }
  return {
    kind: 'payout',
    ...common(field, shortcode),
    originatorId,
    initiator: field('InitiatorName'),
    amount: Number(field('Amount')),
    phone: field('PartyB'),
  }
}

export function readStatus({ merchant, state }: Simulator, body: unknown): RequestFields {
  const field = toFields(body)
  const asked = field('TransactionID') || field('OriginalConversationID')
  check(field, [
    ['CommandID', equals('TransactionStatusQuery')],
    ['PartyA', equals(merchant.shortcode)],
    ['IdentifierType', equals('4')],
  ])
  if (asked === '') throw invalidField('TransactionID')
  const known = state.requests.get(state.originators.get(asked) ?? asked)
  return {
    kind: 'status',
    ...common(field, merchant.shortcode),
    originalReceipt: field('TransactionID') || (known?.result?.receipt ?? ''),
    originatorId: '',
    initiator: field('Initiator'),
    amount: 0,
    phone: '',
  }
}
