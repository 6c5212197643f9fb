import express, { type ErrorRequestHandler, type NextFunction, type Request, type Response, Router } from 'express'
import { acceptPush } from './accept-push'
import { acceptRequest } from './accept-request'
import { answerQuery } from './answer-query'
import { DarajaError, invalidField } from './daraja-error'
import { makeMerchantRequestId } from './ids'
import { readPush } from './read-push'
import { type RequestFields, readPayout, readReversal, readStatus } from './read-request'
import { scheduleDue, sendForgery, settlePush } from './settle-push'
import { scheduleRequest } from './settle-request'
import { count, drawFault, type Simulator } from './simulator'
import { checkThrottle } from './throttle'
import { checkToken, issueToken } from './tokens'
import type { Transaction } from './transaction'

type Handler = (sim: Simulator, request: Request, response: Response) => unknown

/** Every POST of the API; each has proved its token and carries JSON when it gets here. */
const posts: Readonly<Record<string, Handler>> = {
  '/mpesa/stkpush/v1/processrequest': handlePush,
  '/mpesa/stkpushquery/v1/query': (sim, request, response) => response.json(answerQuery(sim, request.body)),
  '/mpesa/reversal/v1/request': handleLater(readReversal),
  '/mpesa/b2c/v3/paymentrequest': handleLater(readPayout),
  '/mpesa/transactionstatus/v1/query': handleLater(readStatus),
}

/** Safaricom's own paths. */
export function createDarajaApi(sim: Simulator): Router {
  const api = Router()
  const readJson = express.json({ limit: '64kb', strict: false })
  const guard = (request: Request, _response: Response, next: NextFunction) => {
    checkThrottle(sim)
    checkToken(sim, request.headers.authorization ?? '')
    // Safaricom blames the first field when it could not read any.
    if (!request.is('application/json')) throw invalidField('BusinessShortCode')
    next()
  }
  api.get('/oauth/v1/generate', (request, response) => {
    checkThrottle(sim)
    response.json(issueToken(sim, request.headers.authorization ?? '', request.query.grant_type))
  })
  api.all('/oauth/v1/generate', refuseMethod)
  for (const [path, handle] of Object.entries(posts)) {
    api.post(path, guard, readJson, (request, response) => handle(sim, request, response))
    api.all(path, refuseMethod)
  }
  api.use(() => {
    throw new DarajaError(404, '404.001.01', 'Resource not found')
  })
  api.use(answerError(sim))
  return api
}

async function handlePush(sim: Simulator, request: Request, response: Response) {
  const transaction = acceptPush(sim, readPush(sim, request.body))
  // What follows begins only when the answer is out, or the connection is gone.
  response.once('close', () => {
    void sendForgery(sim, transaction)
    scheduleDue(sim, transaction)
  })
  if (drawFault(sim, 'beforeAnswer', transaction)) await settlePush(sim, transaction, earlyCodes(transaction))
  if (drawFault(sim, 'answerLost', transaction)) return request.socket.destroy()
  response.json({
    MerchantRequestID: transaction.merchantRequestId,
    CheckoutRequestID: transaction.checkoutRequestId,
    ResponseCode: '0',
    ResponseDescription: 'Success. Request accepted for processing',
    CustomerMessage: 'Success. Request accepted for processing',
  })
}

/** The acknowledgement that reversals, payouts and status questions share. */
function handleLater(read: (sim: Simulator, body: unknown) => RequestFields): Handler {
  return (sim, request, response) => {
    const accepted = acceptRequest(sim, read(sim, request.body))
    response.once('close', () => scheduleRequest(sim, accepted))
    if (drawFault(sim, 'answerLost', accepted)) return request.socket.destroy()
    response.json({
      OriginatorConversationID: accepted.originatorId,
      ConversationID: accepted.conversationId,
      ResponseCode: '0',
      ResponseDescription: 'Accept the service request successfully.',
    })
  }
}

/** A person cannot be waited for before the answer: such a push is paid. */
const earlyCodes = ({ due, expiresAt }: Transaction) => (due && due.at < expiresAt ? due.codes : ['0'])

function refuseMethod() {
  throw new DarajaError(405, '405.001', 'Method Not Allowed')
}

function answerError(sim: Simulator): ErrorRequestHandler {
  return (error, _request, response, _next) => {
    const refusal = toRefusal(error)
    if (refusal.status === 500 && !(error instanceof DarajaError)) sim.log(`Internal error: ${String(error)}`)
    count(sim, 'refused')
    response.status(refusal.status).json({
      requestId: refusal.requestId ?? makeMerchantRequestId('refusal', sim.counters.get('refused') ?? 0),
      errorCode: refusal.code,
      errorMessage: refusal.message,
    })
  }
}

function toRefusal(error: unknown): DarajaError {
  if (error instanceof DarajaError) return error
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500
  return status >= 400 && status < 500
    ? new DarajaError(400, '400.002.05', 'Invalid Request Payload')
    : new DarajaError(500, '500.003.1001', 'Internal Server Error')
}
