import { domainToASCII } from 'node:url'
import { cleanCode } from './clean-text'

const international = /^[\p{L}\p{M}\p{N}.。-]+$/u

/**
 * The one spelling of an email address: wide letters as narrow ones (NFKC), in lower case, and an international domain
 * as DNS and mail servers have it (`xn--…`). What is no address is only cleaned.
 */
export function normalizeEmail(typed: string): string {
  const spelt = cleanCode(typed.normalize('NFKC')).toLowerCase()
  const at = spelt.lastIndexOf('@')
  const domain = spelt.slice(at + 1)
  if (at < 0 || isAscii(domain) || !international.test(domain)) return spelt
  return spelt.slice(0, at + 1) + (domainToASCII(domain) || domain)
}

function isAscii(value: string): boolean {
  return /^[\x20-\x7e]*$/.test(value)
}

const atom = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+"

/** Before the @ all that RFC 5322 allows without quotes; there mail servers take letters of A to Z alone. */
export const emailPattern = new RegExp(
  `^${atom}(?:\\.${atom})*@(?:[a-z0-9][a-z0-9-]*\\.)+(?:[a-z]{2,}|xn--[a-z0-9-]+)$`,
)
