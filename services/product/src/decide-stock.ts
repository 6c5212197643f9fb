import type { productContract as contract, InputOf } from '@duka/contracts'
import { Problem } from '@duka/kit'

type Body = InputOf<typeof contract.updateProduct>['body']

export interface StockDecision {
  /** What can be bought becomes this figure; null where stock stays as it is. */
  count: number | null
  /** Told to whoever sent another figure than the one that stays. */
  left?: contract.LeftStock
}

/**
 * What the stock in a change means. Alone it is a count. Together with other fields it may be what was read before pieces
 * were sold, so it counts only where it differs from what was read, as `stockBase` or the tag of If-Match tells. Throws a
 * 409 Problem where it differs, and pieces moved since: whoever wrote it did not know of them.
 */
export function decideStock(
  { stock, stockBase, ...others }: Body,
  tagged: number | undefined,
  now: number,
): StockDecision {
  const isAlone = Object.values(others).every((value) => value === undefined)
  const base = stockBase ?? (isAlone ? undefined : tagged)
  if (stock === undefined || stock === now) return { count: null }
  if (base === undefined) return isAlone ? { count: stock } : leave(stock, now, noBase)
  if (stock === base) return leave(stock, now, 'It is what was read, and pieces moved since.')
  if (base !== now) throw stockChanged(base, now)
  return { count: stock }
}

const noBase =
  'It came with other fields and without stockBase, so it may have been read before pieces moved. To set it, send stock alone, or stockBase with what you read.'

function leave(sent: number, now: number, reason: string): StockDecision {
  return { count: null, left: { sent, stock: now, reason } }
}

function stockChanged(base: number, now: number): Problem {
  const detail = `The stock was ${base} when you read it, and is ${now} now. Nothing was changed: read the product again, and repeat your change on what it is now.`
  return new Problem(409, 'stock_changed', detail, { extra: { available: now } })
}
