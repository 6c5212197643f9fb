import type { productContract } from '@duka/contracts'
import { Problem } from '@duka/kit'
import type { Request, Response } from 'express'
import { digest } from './answer-reads'
import type { ProductRow } from './product'

type Versioned = Pick<ProductRow, 'version'>

/** A product's answer, and its strong tag: the version of what an admin edits, the stock, then a digest of all. */
export function tagProduct({ version }: Versioned, product: productContract.Product) {
  const body = Buffer.from(JSON.stringify({ product }))
  return { body, etag: `"${version}-${product.stock}-${digest(body)}"` }
}

export function tagAnswer(response: Response, row: Versioned, product: productContract.Product): void {
  response.setHeader('ETag', tagProduct(row, product).etag)
}

/** Tags of an older version have no stock in them; a dash within their digest is told from it by the digest's length. */
const tagForm = /^"(\d+)(?:-(?:(\d+)-)?([\w-]{22}))?"$/

/**
 * Throws a 412 Problem where the request was meant for another version than the one that is there. To be asked while the
 * product's row is locked. Only the version is compared: stock moves by itself, and is no reason to refuse an edit. A
 * weak tag never matches (RFC 9110, 13.1.1). Gives the stock that the tag was made of, where it says so.
 */
export function requireMatch(request: Request, { version }: Versioned): number | undefined {
  const wanted = request.get('if-match')
  if (wanted === undefined || wanted.trim() === '*') return undefined
  const tags = wanted.split(',').map((tag) => tagForm.exec(tag.trim()))
  const match = tags.find((tag) => tag?.[1] === String(version))
  if (match) return match[2] === undefined ? undefined : Number(match[2])
  throw new Problem(
    412,
    'precondition_failed',
    'The product was changed since you read it. Read it again, and repeat your change on what it is now.',
  )
}
