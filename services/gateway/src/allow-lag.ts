import type { IncomingMessage } from 'node:http'
import { lagHeader } from '@duka/kit/lag'
import type { RequestHandler, Response } from 'express'
import { exchangeOf } from './exchange'
import type { Recall } from './recall-users'

export interface LagOptions {
  /** Lists may be so old; what their reader wrote or saw shows in them anyway. */
  maxLagMs: number
  recall: Recall
}

/**
 * Tells services how old a list may be that they answer with, so that they can read it from a replica: never older than
 * what its reader wrote or saw last, whichever service and instance that was. Without the header nothing may be old.
 */
export function allowLag(options: LagOptions | undefined): RequestHandler {
  if (!options) return (_request, _response, next) => next()
  const { maxLagMs, recall } = options
  return (request, response, next) => {
    const exchange = exchangeOf(response)
    const { userId, target } = exchange
    if (userId === undefined || !target) return next()
    exchange.noteSeen = (ageMs) => recall.note(userId, ageMs)
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    // A write that nobody answered may have been done.
    if (!isRead) response.once('close', () => void recall.note(userId, 0))
    if (!isRead || !target.mayLag) return next()
    const allow = (ageMs: number) => {
      exchange.maxLagMs = Math.floor(Math.min(maxLagMs, ageMs))
      next()
    }
    const age = recall.ageOf(userId)
    return age instanceof Promise ? age.then(allow) : allow(age)
  }
}

/** To be called, and waited for, before a signed-in user gets the answer. */
export function noteSeen(answer: IncomingMessage, response: Response): void | Promise<void> {
  return exchangeOf(response).noteSeen?.(Number(answer.headers[lagHeader] ?? 0))
}
