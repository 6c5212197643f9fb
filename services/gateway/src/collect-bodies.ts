import { Problem } from '@duka/kit/errors'
import type { Request, RequestHandler } from 'express'
import { BodyPieces } from './body-pieces'
import { clientOf, exchangeOf } from './exchange'
import { FairBound } from './fair-bound'
import { checkBody, hasBody, tooLarge, waitForFile } from './limit-body'
import { countSentAway } from './sent-away'

const defaultMaxArrivingBytes = 32 * 1_048_576
/** What a request takes beside its body while that arrives: its headers, and what Node keeps of a connection. */
const requestBytes = 16_384
const sentAway = countSentAway('body')

export interface CollectOptions {
  maxBodyBytes: number
  /** What all bodies that are arriving may take together; one client, a quarter of it. */
  maxArrivingBytes?: number | undefined
}

/**
 * Reads a body whole before its request counts anywhere: one that comes slowly then keeps nobody waiting. Files are left
 * in their stream.
 */
export function collectBodies({ maxBodyBytes, maxArrivingBytes: max = defaultMaxArrivingBytes }: CollectOptions) {
  const arriving = new FairBound({ max, maxPerClient: max / 4 })
  const handler: RequestHandler = (request, response, next) => {
    const exchange = exchangeOf(response)
    const { target } = exchange
    if (!target) return next()
    checkBody(request, target.maxBodyBytes ?? maxBodyBytes)
    if (target.maxBodyBytes !== undefined) waitForFile(request, exchange)
    if (target.maxBodyBytes !== undefined || !hasBody(request)) return next()
    return collect(request, clientOf(exchange), arriving, maxBodyBytes).then((body) => {
      exchange.body = body
      // Its client went away.
      if (body && !response.destroyed) next()
    })
  }
  return handler
}

/** Gives nothing where the body does not arrive whole. Rejects where it is too large or has to make room for others. */
function collect(request: Request, client: string, arriving: FairBound, maxBytes: number) {
  return new Promise<BodyPieces | undefined>((resolve, reject) => {
    const body = new BodyPieces()
    const held = { client, weight: requestBytes, sendAway: () => refuse(tooSlow()) }
    const take = (piece: Buffer) => {
      if (body.length + piece.length > maxBytes) refuse(tooLarge(maxBytes))
      else arriving.grow(held, body.add(piece))
    }
    const end = () => {
      stop()
      resolve(body)
    }
    const giveUp = () => {
      stop()
      resolve(undefined)
    }
    const stop = () => {
      arriving.remove(held)
      request.off('data', take).off('end', end).off('close', giveUp)
    }
    const refuse = (problem: Problem) => {
      stop()
      // The rest is read and dropped, so that the client gets to read the answer.
      request.resume()
      reject(problem)
    }
    request.on('data', take).on('end', end).on('close', giveUp)
    arriving.add(held)
  })
}

function tooSlow(): Problem {
  sentAway.inc()
  const detail = 'The body came too slowly, while too many others were arriving. Try again.'
  return new Problem(408, 'request_timeout', detail, { headers: { Connection: 'close' } })
}
