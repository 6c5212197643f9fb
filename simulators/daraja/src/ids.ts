import { hash32 } from '@duka/simulator-kit'
import { eatParts } from './eat-time'

/** `ws_CO_` + DDMMYYYYHHmmss + unpadded milliseconds + the last nine digits of the number, as Safaricom makes them. */
export function makeCheckoutRequestId(at: number, phone: string): string {
  const { year, month, day, clock, milliseconds } = eatParts(at)
  return `ws_CO_${day}${month}${year}${clock.replaceAll(':', '')}${milliseconds}${phone.slice(-9)}`
}

/** Shaped like `2654-4b64-97ff-b827b542881d3130`. */
export function makeMerchantRequestId(...source: (string | number)[]): string {
  const hex = [0, 1, 2, 3]
    .map((part) =>
      hash32(`${source.join('|')}|${part}`)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('')
  return `${hex.slice(0, 4)}-${hex.slice(4, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 28)}`
}

const receiptSpace = 36n ** 7n
// Has no factor in common with 36, so that the product is different for every number below the space.
const receiptStride = 48_271_234_577n

/**
 * Ten characters: year (N = 2019), month (A–L), day (1–9, then A…), then seven that are unique within the day.
 * They count from the millisecond of the day, so that a restart without a journal does not repeat them.
 */
export function makeReceipt(at: number, sequence: number): string {
  const { year, month, day } = eatParts(at)
  const letter = (offset: number) => String.fromCharCode(65 + (offset % 26))
  const millisecondOfDay = BigInt((at + 3 * 3_600_000) % 86_400_000)
  const number = ((millisecondOfDay * 900n + BigInt(sequence % 900)) * receiptStride) % receiptSpace
  const dayMark = Number(day).toString(36).toUpperCase()
  return `${letter(Number(year) - 2006)}${letter(Number(month) - 1)}${dayMark}${number.toString(36).toUpperCase().padStart(7, '0')}`
}
