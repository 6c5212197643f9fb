import type { z } from 'zod'
import { invalid, type StripeError } from './stripe-error'

type Path = readonly PropertyKey[]

/** Reads form fields; what does not fit is refused with the name of the parameter, as Stripe writes it: `metadata[orderId]`. */
export function readParams<Schema extends z.ZodType>(schema: Schema, given: unknown): z.infer<Schema> {
  const read = schema.safeParse(given)
  if (read.success) return read.data
  throw toRefusal(read.error.issues, given)
}

function toRefusal(issues: z.core.$ZodIssue[], given: unknown): StripeError {
  const unknown = issues.find((issue) => issue.code === 'unrecognized_keys')
  if (unknown) {
    const name = toName([...unknown.path, unknown.keys[0] ?? ''])
    return invalid(`Received unknown parameter: ${name}`, { code: 'parameter_unknown', param: name })
  }
  const [issue] = issues
  const param = toName(issue?.path ?? [])
  if (valueAt(given, issue?.path ?? []) === undefined) {
    return invalid(`Missing required param: ${param}.`, { code: 'parameter_missing', param })
  }
  const code = issue?.code === 'custom' ? issue.params?.code : undefined
  return invalid(issue?.message ?? '', { param, ...(typeof code === 'string' && { code }) })
}

const toName = ([first = '', ...rest]: Path) => String(first) + rest.map((part) => `[${String(part)}]`).join('')

function valueAt(given: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part], given)
}
