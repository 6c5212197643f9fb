import { ControlError } from '@duka/simulator-kit'
import { cancelIntent } from './cancel-intent'
import { type Card, cards, findCard } from './cards'
import { authenticate, confirmIntent, finishProcessing } from './confirm-intent'
import { tellEvents } from './deliver-events'
import { closeDispute, openDispute, submitEvidence } from './disputes'
import type { Charge, Dispute, PaymentIntent, Refund } from './objects'
import { createRefund, failRefund, succeedRefund } from './refunds'
import { commit, type Draft, find, openDraft, plan, type Simulator } from './simulator'
import { StripeError } from './stripe-error'

/** What a hand may add to a step: of a refund, how much of the charge. All that is left where it is not said. */
export type Given = { amount?: number | undefined }
type Step<Of> = (draft: Draft, object: Of, given: Given) => unknown

/** What can happen to an intent besides being confirmed with a card, in the states in which it can. */
const intentSteps: Readonly<Record<string, { from: PaymentIntent['status'][]; run: Step<PaymentIntent> }>> = {
  authenticate: {
    from: ['requires_action'],
    run: (draft, intent) => authenticate(draft, intent, cardOf(intent), true),
  },
  'fail-authentication': {
    from: ['requires_action'],
    run: (draft, intent) => authenticate(draft, intent, cardOf(intent), false),
  },
  settle: { from: ['processing'], run: (draft, intent) => finishProcessing(draft, intent, cardOf(intent), true) },
  'settle-fail': {
    from: ['processing'],
    run: (draft, intent) => finishProcessing(draft, intent, cardOf(intent), false),
  },
  cancel: {
    from: ['requires_payment_method', 'requires_confirmation', 'requires_action', 'requires_capture'],
    run: (draft, intent) => cancelIntent(draft, intent, 'automatic'),
  },
  refund: {
    from: ['succeeded'],
    run: (draft, { id }, { amount }) =>
      createRefund(draft, { payment_intent: id, ...(amount !== undefined && { amount }) }),
  },
  dispute: {
    from: ['succeeded'],
    run: (draft, intent) => openDispute(draft, undisputed(chargeOf(draft, intent.latest_charge)), 'fraudulent'),
  },
}

const refundSteps: Readonly<Record<string, { from: Refund['status'][]; run: Step<Refund> }>> = {
  succeed: { from: ['pending'], run: (draft, refund) => succeedRefund(draft, refund, chargeOf(draft, refund.charge)) },
  fail: {
    from: ['pending', 'succeeded'],
    run: (draft, refund) => failRefund(draft, refund, chargeOf(draft, refund.charge)),
  },
}

const decide = (won: boolean) => (draft: Draft, dispute: Dispute) =>
  closeDispute(draft, dispute, chargeOf(draft, dispute.charge), won)
const disputeSteps: Readonly<Record<string, { from: Dispute['status'][]; run: Step<Dispute> }>> = {
  submit: { from: ['needs_response'], run: submitEvidence },
  win: { from: ['needs_response', 'under_review'], run: decide(true) },
  lose: { from: ['needs_response', 'under_review'], run: decide(false) },
}

/** Whether an intent can be told to do this; else one line says what it can. */
export function checkStep(step: string): void {
  if (findCard(step) || Object.hasOwn(intentSteps, step)) return
  const known = [...Object.keys(intentSteps), ...cards.flatMap(({ ids }) => ids)]
  throw new ControlError(400, `Unknown step: use one of ${known.join(', ')}.`)
}

/** One step of an intent, a refund or a dispute, by a hand of the control API. A declined card is a step like any other. */
export function takeStep(sim: Simulator, id: string, step: string, given: Given): void {
  const draft = openDraft(sim)
  runStep(draft, id, step, given)
  conclude(draft)
}

/** Sets the timer for what the object does next by itself, in place of any earlier one. */
export function scheduleDue(sim: Simulator, id: string): void {
  sim.timers.get(id)?.()
  sim.timers.delete(id)
  const due = sim.state.due.get(id)
  if (!due) return
  const waitMs = due.at - sim.clock.now()
  const run = () => runDue(sim, id)
  if (waitMs <= 0) run()
  else sim.timers.set(id, sim.clock.after(waitMs, run))
}

function runDue(sim: Simulator, id: string): void {
  sim.timers.delete(id)
  const [step = '', ...rest] = sim.state.due.get(id)?.steps ?? []
  const draft = openDraft(sim)
  plan(draft, id, [], 0)
  try {
    runStep(draft, id, step, {})
  } catch (error) {
    // The shop or a person was faster: what was planned no longer fits.
    if (!(error instanceof ControlError)) throw error
    sim.log(`${id} does not ${step}: ${error.message}`)
  }
  if (rest.length > 0) plan(draft, id, rest, sim.switches.auto.followUpMs)
  conclude(draft)
}

function conclude(draft: Draft) {
  tellEvents(draft.sim, commit(draft))
  for (const { id } of draft.due) scheduleDue(draft.sim, id)
}

function runStep(draft: Draft, id: string, step: string, given: Given): void {
  try {
    toRun(draft.sim, id, step)(draft, given)
  } catch (error) {
    if (!(error instanceof StripeError)) throw error
    if (error.status !== 402) throw new ControlError(409, error.message)
  }
}

function toRun(sim: Simulator, id: string, step: string): (draft: Draft, given: Given) => unknown {
  const refund = find(sim, 'refund', id)
  if (refund) return choose(refundSteps, step, refund)
  const dispute = find(sim, 'dispute', id)
  if (dispute) return choose(disputeSteps, step, dispute)
  const intent = find(sim, 'payment_intent', id)
  if (!intent) throw new ControlError(404, 'No such id.')
  const card = findCard(step)
  if (card) return (draft) => confirmIntent(draft, intent, card)
  return choose(intentSteps, step, intent)
}

function choose<Of extends { id: string; status: string }>(
  steps: Readonly<Record<string, { from: string[]; run: Step<Of> }>>,
  step: string,
  object: Of,
): (draft: Draft, given: Given) => unknown {
  const chosen = Object.hasOwn(steps, step) ? steps[step] : undefined
  if (!chosen) throw new ControlError(404, `It cannot ${step}: use one of ${Object.keys(steps).join(', ')}.`)
  if (!chosen.from.includes(object.status))
    throw new ControlError(409, `It is ${object.status}: too late, or too early.`)
  return (draft, given) => chosen.run(draft, object, given)
}

/** The card that an intent is being paid with. */
function cardOf({ payment_method }: PaymentIntent): Card {
  const card = findCard(payment_method ?? '')
  if (!card) throw new ControlError(409, 'It has no card.')
  return card
}

function chargeOf({ sim }: Draft, id: string | null): Charge {
  const charge = find(sim, 'charge', id ?? '')
  if (!charge) throw new ControlError(409, 'It has no charge any more.')
  return charge
}

function undisputed(charge: Charge): Charge {
  if (charge.disputed) throw new ControlError(409, 'It is disputed already.')
  if (charge.refunded) throw new ControlError(409, 'It is refunded already.')
  return charge
}
