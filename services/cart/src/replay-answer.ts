import { type Answered, answered, currentRequestId, currentTrace, Problem } from '@duka/kit'
import type { Response } from 'express'
import type { Deps } from './deps'
import { type AddKey, findKept, type Kept, keepRefusal } from './kept-answer'

/** The answer that the same request got before. */
export function replay(response: Response, { status, body }: Kept): Answered {
  response.status(status).set('Idempotency-Replayed', 'true')
  response.type(status < 400 ? 'application/json' : 'application/problem+json').send(body)
  return answered
}

/** Throws why nothing was added, and keeps that under the key where it is what came of the request. */
export async function refuse(
  { database }: Deps,
  key: AddKey | null,
  error: unknown,
  response: Response,
): Promise<Answered> {
  if (!key || !(error instanceof Problem) || !isOutcome(error)) throw error
  const body = JSON.stringify(error.toDocument(currentRequestId() ?? '', currentTrace()?.traceId))
  if (await keepRefusal(database, { ...key, status: error.status, body })) throw error
  // The same request came twice at once, and the other one was answered meanwhile.
  const kept = await findKept(database, key)
  if (!kept) throw error
  return replay(response, kept)
}

/** A conflict is what came of an executed request; one that says when to try again came of none. */
function isOutcome({ status, headers }: Problem): boolean {
  return status === 409 && headers['Retry-After'] === undefined
}
