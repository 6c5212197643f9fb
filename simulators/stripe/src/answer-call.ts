import type { Request, Response } from 'express'
import { authenticate, type Caller } from './authenticate'
import { deliverEvents, tellEvents } from './deliver-events'
import type { Endpoint } from './endpoints'
import { expandObject } from './expand'
import { recall, toFingerprint } from './idempotency'
import type { StripeEvent } from './objects'
import { readParams } from './read-params'
import { refuseByFault, serverError } from './request-faults'
import { scheduleDue } from './run-steps'
import { commit, type Draft, drawFault, openDraft, type Simulator } from './simulator'
import type { SavedAnswer } from './state'
import { StripeError, toEnvelope, unauthorized } from './stripe-error'

type Answer = { status: number; text: string; headers?: Record<string, string> }
type Begun = { sim: Simulator; endpoint: Endpoint; request: Request; requestId: string; caller: Caller; given: unknown }

/** One request from its key to its answer, with every fault on the way. */
export async function answerCall(
  sim: Simulator,
  endpoint: Endpoint,
  request: Request,
  response: Response,
): Promise<void> {
  const sequence = sim.throttle.requests
  const requestId = response.get('request-id') ?? ''
  const caller = authenticate(sim, request)
  if (caller === 'browser' && !endpoint.forBrowsers) throw secretKeyRequired()
  const isPost = endpoint.method === 'post'
  const raw: unknown = isPost ? (request.body ?? {}) : request.query
  const key = isPost ? (request.get('idempotency-key') ?? '') : ''
  refuseByFault(sim, sequence, request.method, key)

  const fingerprint = toFingerprint(request.method, request.path, raw)
  const saved = key ? recall(sim, key, fingerprint) : undefined
  if (saved) return replay(response, saved)
  const begun = { sim, endpoint, request, requestId, caller, given: readParams(endpoint.schema, raw) }
  if (!isPost) return send(response, execute(begun, openDraft(sim)))

  if (key) sim.inFlight.add(key)
  try {
    const draft = openDraft(sim, { id: requestId, idempotency_key: key || null })
    const answer = drawFault(sim, 'savedError', sequence) ? spoil(begun, draft) : execute(begun, draft)
    const keep = { key, fingerprint, at: draft.at, status: answer.status, text: answer.text, requestId }
    const events = commit(draft, key ? keep : undefined)
    await settle(sim, draft, events, response, sequence)
    if (drawFault(sim, 'answerLost', sequence)) return void request.socket.destroy()
    send(response, answer)
  } finally {
    sim.inFlight.delete(key)
  }
}

/** What was not executed throws; what was, a decline too, has an answer to keep. */
function execute({ endpoint, request, requestId, caller, given }: Begun, draft: Draft): Answer {
  try {
    const object = endpoint.run(draft, given, { id: String(request.params.id ?? ''), caller })
    const { expand } = given as { expand?: string[] }
    return { status: 200, text: JSON.stringify(expandObject(draft, object, expand)) }
  } catch (error) {
    if (!(error instanceof StripeError) || !error.executed) throw error
    return toAnswer(error, requestId)
  }
}

/** A 500 that the key will give for ever, whether the work was done or not. */
function spoil(begun: Begun, draft: Draft): Answer {
  const { applied, shouldRetry } = begun.sim.switches.savedError
  if (applied) execute(begun, draft)
  return toAnswer(serverError(shouldRetry, true), begun.requestId)
}

/** What follows begins once the answer is out or the connection is gone; the events before it where that fault strikes. */
async function settle(sim: Simulator, draft: Draft, events: StripeEvent[], response: Response, sequence: number) {
  const early = drawFault(sim, 'beforeAnswer', sequence)
  const isNow = ({ due }: Draft['due'][number]) => due !== null && due.at <= draft.at
  response.once('close', () => {
    if (!early) tellEvents(sim, events)
    for (const { id } of draft.due.filter(isNow)) scheduleDue(sim, id)
  })
  for (const { id } of draft.due.filter((due) => !isNow(due))) scheduleDue(sim, id)
  if (early) await deliverEvents(sim, events)
  if (drawFault(sim, 'latency', sequence)) {
    await new Promise<void>((resolve) => void sim.clock.after(sim.switches.latency.ms, resolve))
  }
}

function replay(response: Response, { status, text, requestId }: SavedAnswer): void {
  send(response, { status, text, headers: { 'idempotent-replayed': 'true', 'original-request': requestId } })
}

function send(response: Response, { status, text, headers = {} }: Answer): void {
  response.status(status).set(headers).type('application/json').send(text)
}

const toAnswer = (error: StripeError, requestId: string): Answer => ({
  status: error.status,
  text: JSON.stringify(toEnvelope(error, requestId)),
  headers: error.headers,
})

const secretKeyRequired = () =>
  unauthorized(
    'This API call cannot be made with a publishable API key. Please use a secret API key.',
    'secret_key_required',
  )
