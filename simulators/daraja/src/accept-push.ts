import { DarajaError, systemBusy } from './daraja-error'
import { makeCheckoutRequestId, makeMerchantRequestId } from './ids'
import { type Outcome, outcomeOfAmount, outcomeOfPhone } from './outcomes'
import type { PushRequest } from './read-push'
import { commit, count, maskPhone, type Simulator } from './simulator'
import { repeatKey } from './state'
import type { Due, Transaction } from './transaction'

const maxPromptLength = 182

/** What the phone shows. */
export const promptText = (merchantName: string, amount: number, payee: string, accountReference: string) =>
  `Do you want to pay KES ${amount.toLocaleString('en-KE')}.00 to ${merchantName} (${payee}), account ${accountReference}? Enter your M-PESA PIN.`

/** Takes a checked push: from here on there is a prompt on the phone, or a reason why there will be none. */
export function acceptPush(sim: Simulator, request: PushRequest): Transaction {
  const { state } = sim
  if (state.live.has(request.phone)) {
    throw new DarajaError(
      500,
      '500.001.1001',
      'Unable to lock subscriber, a transaction is already in process for the current subscriber',
    )
  }
  if (state.live.size >= state.limits.transactions / 2) throw systemBusy()
  const transaction = toTransaction(sim, request)
  commit(sim, { type: 'push', transaction })
  count(sim, 'push.accepted')
  return state.transactions.get(transaction.checkoutRequestId) ?? transaction
}

function toTransaction(sim: Simulator, request: PushRequest): Transaction {
  const acceptedAt = sim.clock.now()
  const expiresAt = acceptedAt + sim.switches.prompt.seconds * 1000
  const sequence = sim.state.sequence + 1
  return {
    sequence,
    merchantRequestId: makeMerchantRequestId(sim.switches.seed, acceptedAt, sequence),
    checkoutRequestId: unusedCheckoutId(sim, acceptedAt, request.phone),
    shortcode: request.shortcode,
    payee: request.payee,
    amount: request.amount,
    phone: request.phone,
    accountReference: request.accountReference,
    callbackUrl: request.callbackUrl,
    acceptedAt,
    expiresAt,
    status: 'prompting',
    ignored: false,
    due: toDue(sim, chooseOutcome(sim, request), request, acceptedAt, expiresAt),
    result: null,
    receipt: null,
    callbackPending: false,
    callbackMs: null,
    pendingQueries: 0,
  }
}

function unusedCheckoutId(sim: Simulator, at: number, phone: string): string {
  let id = makeCheckoutRequestId(at, phone)
  for (let later = 1; sim.state.transactions.has(id); later++) id = makeCheckoutRequestId(at + later, phone)
  return id
}

function chooseOutcome(sim: Simulator, request: PushRequest): Outcome {
  const refusal = refusalCode(sim, request)
  if (refusal) return [refusal]
  const scripted = takeScript(sim, request.phone) ?? outcomeOfPhone(request.phone) ?? outcomeOfAmount(request.amount)
  return scripted ?? (sim.switches.auto.answer === 'pay' ? ['0'] : 'person')
}

/** What Safaricom finds out only after it has accepted the push, so that the phone never rings. */
function refusalCode(sim: Simulator, request: PushRequest): string | null {
  const { shortcode, till, name } = sim.merchant
  const { amount, payee, accountReference, transactionType } = request
  if (promptText(name, amount, payee, accountReference).length > maxPromptLength) return '1025'
  if (payee !== shortcode && payee !== till) return 'SFC_IC0003'
  if ((transactionType === 'CustomerPayBillOnline') !== (payee === shortcode)) return '2028'
  return isRepeat(sim, request) ? '17' : null
}

function isRepeat(sim: Simulator, { phone, amount }: PushRequest): boolean {
  const last = sim.state.transactions.get(sim.state.repeats.get(repeatKey(phone, amount)) ?? '')
  return last !== undefined && sim.clock.now() - last.acceptedAt < sim.switches.rules.repeatSeconds * 1000
}

function takeScript(sim: Simulator, phone: string): Outcome | undefined {
  const key = sim.scripts.has(phone) ? phone : '*'
  const waiting = sim.scripts.get(key)
  const outcome = waiting?.shift()
  if (waiting?.length === 0) sim.scripts.delete(key)
  return outcome
}

function toDue(sim: Simulator, outcome: Outcome, request: PushRequest, acceptedAt: number, expiresAt: number): Due {
  if (outcome === 'never') return { at: expiresAt, codes: [] }
  if (outcome !== 'person') return { at: acceptedAt + sim.switches.auto.delayMs, codes: outcome }
  sim.log(
    `Phone ${maskPhone(request.phone)} is asked for KES ${request.amount} (${request.accountReference}): waiting on the phone page`,
  )
  return { at: expiresAt, codes: ['1037'] }
}
