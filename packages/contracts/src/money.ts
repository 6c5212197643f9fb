import { z } from 'zod'
import { ofKind } from './text'

/** Amounts travel as JSON numbers in major units and are computed as integers in minor units (cents). */
export type Minor = number

const decimalText = /^(\d+)(?:\.(\d{1,2}))?$/

/** The most that a DECIMAL(12,2) column holds, in minor units. */
export const maxMinor: Minor = 999_999_999_999

/**
 * Reads an amount in major units from its text, because 19.99 × 100 is not 1999 in floating point.
 * Takes a JSON number or a DECIMAL column's string; throws a RangeError on anything but 0 or more with two decimals.
 */
export function toMinor(amount: number | string): Minor {
  const match = decimalText.exec(String(amount))
  if (!match) throw new RangeError(`Not an amount of money: ${amount}`)
  const minor = Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'))
  if (minor > maxMinor) throw new RangeError(`More money than can be stored: ${amount}`)
  return minor
}

/** The JSON number in major units; the nearest double to it prints with at most two decimals. */
export function toMajor(minor: Minor): number {
  return minor / 100
}

/** The text that a DECIMAL(12,2) column takes. */
export function toDecimal(minor: Minor): string {
  return `${Math.trunc(minor / 100)}.${String(minor % 100).padStart(2, '0')}`
}

/** A request's amount: a JSON number of 0 or more with at most two decimals. */
export const money = z
  .number()
  .nonnegative()
  .refine((value) => isAmount(value), {
    message: 'must be an amount of at most 9999999999.99 with at most two decimals',
  })

/** The same in a query string. */
export const moneyText = ofKind(
  'number',
  z
    .string()
    .max(20)
    .refine((value) => isAmount(value), { message: 'must be an amount with at most two decimals' }),
)

function isAmount(value: number | string): boolean {
  try {
    toMinor(value)
    return true
  } catch {
    return false
  }
}

/** An answer's amount; it may be negative where it is a difference, such as a rounding. */
export const amount = z.number()

/** ISO 4217. */
export const currency = ofKind('token', z.string().regex(/^[A-Z]{3}$/))
