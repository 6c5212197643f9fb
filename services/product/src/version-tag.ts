import { Problem } from '@duka/kit'
import type { Request, Response } from 'express'
import type { ProductRow } from './product'

/** A strong tag of what an admin edits; stock moves by itself and is left out. */
export function tagAnswer(response: Response, { version }: Pick<ProductRow, 'version'>): void {
  response.setHeader('ETag', `"${version}"`)
}

/**
 * Throws a 412 Problem where the request was meant for another version than the one that is there. To be asked while the
 * product's row is locked. A weak tag never matches (RFC 9110, 13.1.1).
 */
export function requireMatch(request: Request, { version }: Pick<ProductRow, 'version'>): void {
  const wanted = request.get('if-match')
  if (wanted === undefined || wanted.trim() === '*') return
  if (wanted.split(',').some((tag) => tag.trim() === `"${version}"`)) return
  throw new Problem(
    412,
    'precondition_failed',
    'The product was changed since you read it. Read it again, and repeat your change on what it is now.',
  )
}
