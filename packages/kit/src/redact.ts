const secret =
  /password|passwd|secret|token|authorization|cookie|passkey|credential|^pin$|(?:api|service|private|consumer|signing)_?key|^card|^(?:cvc|cvv|pan)$|signature|(?:^|_)dsn$/i
const phone = /phone|msisdn|party_?[ab]$/i
const maxDepth = 5
const maxItems = 100
const maxText = 10_000
const hidden = '[redacted]'

/** 254712345678 becomes 2547****678: enough to find a call, not enough to place one. */
export function maskPhone(value: string): string {
  return value.length < 8 ? '****' : `${value.slice(0, 4)}****${value.slice(-3)}`
}

/** What may be written down of a value: secrets are left out by the names that they have, and by what they look like. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'bigint') return String(value)
  if (value === null || typeof value !== 'object') return value
  // What is not looked through is not written.
  if (depth === maxDepth) return '[deep]'
  if (Array.isArray(value)) return value.slice(0, maxItems).map((item) => redact(item, depth + 1))
  return redactObject(value, depth)
}

function redactObject(value: object, depth: number): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString()
  if (value instanceof URL) return redactText(value.href)
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return '[bytes]'
  // An HTTP client's error carries the request with all that was sent.
  if (value instanceof Error) return redactError(value, depth)
  if (value instanceof Map) return redactObject(Object.fromEntries(value), depth)
  if (value instanceof Set) return redact([...value], depth)
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, redactField(key, field, depth)]))
}

function redactError({ name, message, stack, cause, ...rest }: Error, depth: number): unknown {
  const { code } = rest as { code?: unknown }
  const known = { name, message, ...(code === undefined ? {} : { code }), stack, cause }
  return Object.fromEntries(Object.entries(known).map(([key, field]) => [key, redact(field, depth + 1)]))
}

function redactField(key: string, field: unknown, depth: number): unknown {
  if (secret.test(key)) return hidden
  if (phone.test(key) && field !== null && field !== undefined) return maskPhones(field)
  return redact(field, depth + 1)
}

/** Providers send numbers as text, as JSON numbers and in lists. */
function maskPhones(field: unknown): unknown {
  if (Array.isArray(field)) return field.map(maskPhones)
  return typeof field === 'string' || typeof field === 'number' ? maskPhone(String(field)) : hidden
}

type Rule = [pattern: RegExp, instead: string | ((found: string) => string)]

const secretName = String.raw`[\w-]{0,40}(?:password|passwd|secret|token|authorization|cookie|passkey|credential|(?:api|service|private|consumer|signing)_?key|cvc|cvv)[\w-]{0,40}`

/** What a secret looks like in the middle of a text: a message of an error, a URL, a body. */
const rules: readonly Rule[] = [
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END|$)/g, hidden],
  // User and password of a database, a mail server, Redis or Sentry.
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/"'@]*@(?:[^\s/"'@]*@)*/gi, `$1${hidden}@`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{12,}/gi, `$1 ${hidden}`],
  [/\beyJ[\w-]{5,2000}\.[\w-]+(?:\.[\w-]*)?/g, hidden],
  // Stripe's keys, and the client secrets of its intents.
  [/\b(?:sk|rk|pk|whsec)_\w{8,}|\b\w+_secret_\w+/g, hidden],
  [new RegExp(String.raw`("${secretName}"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|[\w.-]+)`, 'gi'), `$1"${hidden}"`],
  [new RegExp(String.raw`\b(${secretName}=)[^\s&"',;]+`, 'gi'), `$1${hidden}`],
  // Callbacks' secrets and tokens' hashes.
  [/\b[0-9a-f]{64,}\b/gi, hidden],
  [/(?<![\w.-])(?:\+?254|0)[17]\d{8}(?!\w)/g, maskPhone],
  [/(?<![\w-])\d(?:[ -]?\d){13,18}(?![\w-])/g, (found) => (isCardNumber(found) ? hidden : found)],
]

/** A text without what looks like a secret, a phone number or a card's number; a very long one is cut. */
export function redactText(text: string): string {
  // The shortest thing to hide is a phone number.
  if (text.length < 10) return text
  const start = text.length > maxText ? `${text.slice(0, maxText)}…` : text
  return rules.reduce(
    (clean, [pattern, instead]) =>
      typeof instead === 'string' ? clean.replace(pattern, instead) : clean.replace(pattern, instead),
    start,
  )
}

/** By its check digit (Luhn), which one number in ten has by chance. */
function isCardNumber(found: string): boolean {
  const digits = [...found.replace(/\D/g, '')].reverse().map(Number)
  const sum = digits.reduce((total, digit, at) => total + (at % 2 ? digit * 2 - (digit > 4 ? 9 : 0) : digit), 0)
  return sum % 10 === 0
}
