import { type productContract as contract, text } from '@duka/contracts'
import { cursorTime } from '@duka/kit'
import { z } from 'zod'

export interface Sort {
  /** What rows are ordered by, before the id; it is also what a cursor carries, as text. */
  key: string
  type: string
  direction: 'ASC' | 'DESC'
  /** The texts that `type` takes: a forged cursor is told from ours before PostgreSQL stumbles over it. */
  text: z.ZodType<string>
}

const price = { key: 'price', type: 'numeric', text: z.string().regex(/^\d{1,10}\.\d{2}$/) }

export const sorts: Record<contract.ProductSort, Sort> = {
  newest: { key: 'created_at', type: 'timestamptz', direction: 'DESC', text: cursorTime },
  price: { ...price, direction: 'ASC' },
  '-price': { ...price, direction: 'DESC' },
  name: { key: 'name', type: 'text', direction: 'ASC', text: text(200) },
  relevance: {
    key: 'rank',
    type: 'float8',
    direction: 'DESC',
    text: z.string().regex(/^\d(\.\d{1,20})?(e-\d\d)?$/),
  },
}

/** A row's key as its cursor has it: text keeps the microseconds, which a JavaScript date would lose. */
export function cursorKeyOf({ key, type }: Sort): string {
  if (type === 'timestamptz') return `to_char(${key} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
  return `(${key})::text`
}
