import type { ErrorRequestHandler } from 'express'
import { z } from 'zod'

/** A wish that cannot be granted, with its HTTP status and one line that says why. */
export class ControlError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

/** The errors of a control API as `{ error: "one line" }`. */
export const answerControlError: ErrorRequestHandler = (error, _request, response, next) => {
  if (error instanceof ControlError) return void response.status(error.status).json({ error: error.message })
  if (error instanceof z.ZodError) return void response.status(400).json({ error: inOneLine(error) })
  if (error instanceof SyntaxError) return void response.status(400).json({ error: 'The body is not JSON.' })
  next(error)
}

const inOneLine = ({ issues }: z.ZodError) =>
  issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('; ')
