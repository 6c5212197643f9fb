import type { Response } from 'express'

/**
 * Sends a space now and then while a long answer is made, so that nobody on the way gives it up: before JSON it means
 * nothing. Gives what ends it. The status is 200 from the first space on.
 */
export function showLife(response: Response, everyMs = 5_000): () => void {
  const timer = setInterval(() => {
    if (!response.headersSent) response.status(200).type('application/json')
    response.write(' ')
  }, everyMs)
  return () => clearInterval(timer)
}
