import { z } from 'zod'
import { cleanAddress, cleanCode, cleanLine, cleanText, isStorable } from './clean-text'
import { emailPattern, normalizeEmail } from './email'
import { readPhoneNumber } from './phone-number'

/** What is done to a text that comes in. Every text field of every contract is of one of these kinds; docs/text.md tells which. */
export const textKinds = ['line', 'text', 'code', 'phone', 'email', 'password', 'url', 'token', 'number'] as const

export type TextKind = (typeof textKinds)[number]

const kinds = z.registry<{ kind: TextKind }>()

/** Says of which kind a field is. What is refined further has to say it again. */
export function ofKind<S extends z.ZodType>(kind: TextKind, schema: S): S {
  kinds.add(schema, { kind })
  return schema
}

export function kindOf(schema: z.ZodType): TextKind | undefined {
  return kinds.get(schema)?.kind
}

const notStorable = { message: 'has a character that cannot be stored' }

function cleaned(clean: (value: string) => string, max: number, min: number) {
  return z.string().overwrite(clean).min(min).max(max).refine(isStorable, notStorable)
}

/** What people write and read, on one line: names, places, what is searched for. */
export function line(max: number, min = 1) {
  return ofKind('line', cleaned(cleanLine, max, min))
}

/** The same on several lines: descriptions, notes, reasons. */
export function text(max: number, min = 1) {
  return ofKind('text', cleaned(cleanText, max, min))
}

/** What is compared sign by sign and copied from somewhere: skus, tracking numbers, postal codes. */
export function code(max: number, min = 1) {
  return ofKind('code', cleaned(cleanCode, max, min))
}

/** What a program made and gives back as it is: tokens, cursors, ids of other programs. */
export function token(max: number, min = 1) {
  return ofKind('token', z.string().min(min).max(max))
}

/** An address of a picture. Only those that a browser may load as one; `javascript:` and `data:` are refused. */
export const imageUrl = ofKind(
  'url',
  cleaned(cleanAddress, 2000, 1).refine((value) => /^(https?:\/\/[^\s]+|\/[^/\s][^\s]*)$/i.test(value), {
    message: 'must be an http or https address, or a path that starts with /',
  }),
)

/** A Kenyan mobile number in any usual spelling, kept as 2547… or 2541…. */
export const phoneNumber = ofKind(
  'phone',
  z
    .string()
    .max(30)
    .transform((value) => readPhoneNumber(value) ?? '')
    .pipe(z.string().min(1, 'must be a Kenyan mobile number such as 0712345678, 0112345678 or +254712345678')),
)

export const email = ofKind(
  'email',
  z
    .string()
    .max(254)
    .transform(normalizeEmail)
    .pipe(z.string().max(254).regex(emailPattern, 'must be an email address such as amina@example.com')),
)

/** What is typed where an email belongs: it may be anything, and is compared with the emails that are kept. */
export const typedEmail = ofKind('email', cleaned(normalizeEmail, 254, 1))

/**
 * In NFC, because what a person types comes composed from one keyboard and decomposed from another. bcrypt reads 72 bytes
 * and silently drops the rest, so a longer one is refused instead of cut.
 */
export const newPassword = ofKind(
  'password',
  z
    .string()
    .overwrite((value) => value.normalize('NFC'))
    .min(8, 'must have at least 8 characters')
    .refine((value) => Buffer.byteLength(value) <= 72, { message: 'must not be longer than 72 bytes' })
    .refine((value) => !value.includes('\u0000'), { message: 'must not contain a NUL character' })
    .refine((value) => value.isWellFormed(), notStorable),
)

/** As it was typed: the hash that it is compared with may be older than the rule above. */
export const typedPassword = ofKind('password', z.string().min(1).max(1000))
