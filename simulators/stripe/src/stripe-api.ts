import express, { type ErrorRequestHandler, type NextFunction, type Request, type Response, Router } from 'express'
import { answerCall } from './answer-call'
import { endpoints } from './endpoints'
import { makeToken } from './ids'
import { count, type Simulator } from './simulator'
import { invalid, StripeError, toEnvelope } from './stripe-error'

/** Stripe's own paths. Browsers of any site may call it, as they may call Stripe: the keys are what protects it. */
export function createStripeApi(sim: Simulator): Router {
  const api = Router()
  api.use(addHeaders(sim), allowBrowsers)
  api.use(express.urlencoded({ extended: true, limit: '100kb', parameterLimit: 1000 }))
  api.use(refuseOtherBodies)
  for (const endpoint of endpoints) {
    api[endpoint.method](endpoint.path, (request, response) => answerCall(sim, endpoint, request, response))
  }
  api.use((request) => {
    const message = `Unrecognized request URL (${request.method}: ${request.path}).`
    throw new StripeError(404, { type: 'invalid_request_error', message })
  })
  api.use(answerError(sim))
  return api
}

function addHeaders(sim: Simulator) {
  return (request: Request, response: Response, next: NextFunction) => {
    sim.throttle.requests += 1
    const id = `req_${makeToken(14, sim.switches.seed, 'req', sim.clock.now(), sim.throttle.requests)}`
    response.set({ 'request-id': id, 'stripe-version': request.get('stripe-version') ?? sim.account.apiVersion })
    response.set('cache-control', 'no-cache, no-store')
    const key = request.get('idempotency-key')
    if (key) response.set('idempotency-key', key.replace(/[^\x20-\x7e]/g, '').slice(0, 255))
    next()
  }
}

function allowBrowsers(request: Request, response: Response, next: NextFunction) {
  response.set({
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'authorization, content-type, idempotency-key, stripe-version',
    'access-control-expose-headers': 'request-id, stripe-should-retry',
    'access-control-max-age': '300',
  })
  if (request.method === 'OPTIONS') response.sendStatus(204)
  else next()
}

function refuseOtherBodies(request: Request, _response: Response, next: NextFunction) {
  if (request.is('application/x-www-form-urlencoded') !== false) return next()
  throw invalid('Invalid request (check that your POST content type is application/x-www-form-urlencoded).')
}

function answerError(sim: Simulator): ErrorRequestHandler {
  return (error, _request, response, _next) => {
    const refusal = toRefusal(error)
    if (!(error instanceof StripeError) && refusal.status === 500) sim.log(`Internal error: ${String(error)}`)
    count(sim, 'refused')
    const envelope = toEnvelope(refusal, response.get('request-id') ?? '')
    response.status(refusal.status).set(refusal.headers).json(envelope)
  }
}

function toRefusal(error: unknown): StripeError {
  if (error instanceof StripeError) return error
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500
  return status >= 400 && status < 500
    ? new StripeError(status, { type: 'invalid_request_error', message: 'The request could not be read.' })
    : new StripeError(500, { type: 'api_error', message: 'The simulator failed: see its log.' })
}
