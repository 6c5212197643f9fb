import type { Request, Response } from 'express'
import { gauge, histogram } from './metrics'

/** From an answer out of memory to one that waits for a provider. */
export const requestSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

const durations = histogram({
  name: 'http_server_request_duration_seconds',
  help: 'Time until an answer was out, by the pattern of its path; status 499 where the client went away before.',
  labels: ['method', 'route', 'status'],
  bounds: requestSeconds,
})

let inFlight = 0
gauge({
  name: 'http_server_requests_in_flight',
  help: 'Requests that came and are not answered yet.',
  labels: [],
  read: () => [[inFlight]],
})

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
/** The code that nginx made usual for it. */
const clientWentAway = 499

/** To be followed by `requestEnded`, whichever way the request ends. Gives the time that it began at. */
export function requestBegan(): number {
  inFlight++
  return performance.now()
}

/** Counts a request under the pattern of its path: a path as it came would make a label of every id. */
export function requestEnded(
  startedAt: number,
  request: Request,
  response: Response,
  pattern: string | undefined,
): void {
  inFlight--
  const method = methods.has(request.method) ? request.method : 'other'
  const status = response.writableFinished ? response.statusCode : clientWentAway
  durations.with(method, pattern ?? 'unmatched', status).observeSince(startedAt)
}
