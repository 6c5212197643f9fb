import { z } from 'zod'
import { ofKind, token } from './text'

/** In lower case, as PostgreSQL writes it: two spellings are one thing. */
export const uuid = z.uuid().toLowerCase()

export const idParams = z.object({ id: uuid })

/** Who caused something: a user, or without an id a service. `role` is the user's, or the service's name. */
export const actor = z.object({ id: uuid.nullable(), role: token(30) })

export type Actor = z.infer<typeof actor>

/** ISO 8601 in UTC. */
export const timestamp = z.iso.datetime()

/**
 * A time in a query, with any offset; handed on in UTC. PostgreSQL has no year 0, and takes neither the offsets beyond
 * 16 hours nor the sixth digit of a year that ISO 8601 allows.
 */
export const moment = z.iso
  .datetime({
    offset: true,
    error: ({ input }) =>
      / \d\d:?\d\d$/.test(String(input))
        ? 'has a space where its offset begins: write + as %2B in an address'
        : 'must be a time such as 2026-12-01T08:00:00Z or 2026-12-01T11:00:00%2B03:00',
  })
  .transform((value) => new Date(value))
  .refine((time) => /^(?!0000)\d{4}-/.test(time.toISOString()), { message: 'must be in the years 1 to 9999' })
  .transform((time) => time.toISOString())

/** Whole numbers in a query string. */
export function queryInteger(min: number, max: number) {
  return ofKind(
    'number',
    z
      .string()
      .regex(/^\d{1,9}$/, 'must be a whole number')
      .transform(Number)
      .pipe(z.number().min(min).max(max)),
  )
}

export const maxLimit = 100

/** A cursor may carry a name of 200 characters of up to three bytes each, escaped and in base64. */
const maxCursor = 2000

/** `?page=1&limit=10`, or `?cursor=` for a page that costs the same however deep it is. */
export const pageQuery = {
  page: queryInteger(1, 1_000_000).default(1),
  limit: queryInteger(1, maxLimit).default(10),
  cursor: token(maxCursor).optional(),
}

/** The envelope of a list: `{ <things>, currentPage, totalPages, total<Things>, nextCursor }`. */
export function pageOf<K extends string, T>(things: K, thing: z.ZodType<T>) {
  const total = `total${things[0]?.toUpperCase()}${things.slice(1)}` as `total${Capitalize<K>}`
  return z.object({
    [things]: z.array(thing),
    currentPage: z.number().int(),
    totalPages: z.number().int(),
    [total]: z.number().int(),
    nextCursor: z.string().nullable(),
  }) as unknown as z.ZodType<
    Record<K, T[]> &
      Record<`total${Capitalize<K>}`, number> & {
        currentPage: number
        totalPages: number
        nextCursor: string | null
      }
  >
}

export const flag = z.enum(['true', 'false']).transform((value) => value === 'true')

export const messageAnswer = z.object({ message: z.string() })

/** A 204: no body. */
export const nothing = z.undefined()

/** At most this many lines in a cart or an order. */
export const maxLines = 100

export const maxQuantity = 10_000

export const quantity = z.number().int().min(1).max(maxQuantity)
