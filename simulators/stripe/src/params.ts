import { z } from 'zod'
import { isCurrency } from './currencies'

const maxAmount = 99_999_999

const checked = (test: (text: string) => boolean, error: string, code?: string) =>
  z.string(error).refine(test, { error, params: { code } })

const text = (max: number) => z.string('Invalid string').max(max, `Invalid string: must be at most ${max} characters`)
const oneOf = <const Values extends [string, ...string[]]>(values: Values) =>
  z.enum(values, `Invalid value: must be one of ${values.join(', ')}`)
const flag = z.enum(['true', 'false'], 'Invalid boolean: must be true or false').transform((value) => value === 'true')
const whole = checked((value) => /^-?\d{1,15}$/.test(value), 'Invalid integer', 'parameter_invalid_integer').transform(
  Number,
)
const amount = whole
  .refine((value) => value > 0, {
    error: 'This value must be greater than or equal to 1.',
    params: { code: 'parameter_invalid_integer' },
  })
  .refine((value) => value <= maxAmount, {
    error: `Amount must be no more than ${maxAmount} in the smallest unit of the currency.`,
    params: { code: 'amount_too_large' },
  })
const currency = z
  .string('Invalid currency')
  .transform((value) => value.toLowerCase())
  .refine(isCurrency, 'Invalid currency: use a three-letter code that is supported, in lower case.')

/** An empty text takes a key away; an empty `metadata` all of them. */
const metadata = z.union([
  z.literal(''),
  z
    .record(z.string().max(40, 'Metadata keys can have up to 40 characters.'), text(500))
    .refine((value) => Object.keys(value).length <= 50, 'You can have up to 50 metadata keys.'),
])
const expand = z.array(z.string()).max(10).optional()
const descriptor = text(22).optional()

const described = {
  description: text(1000).optional(),
  metadata: metadata.optional(),
  receipt_email: checked(
    (value) => /^[^@\s]+@[^@\s]+$/.test(value),
    'Invalid email address',
    'email_invalid',
  ).optional(),
  statement_descriptor: descriptor,
  statement_descriptor_suffix: descriptor,
}

const cardData = z.strictObject({
  type: oneOf(['card']),
  card: z.strictObject({
    number: z.string(),
    exp_month: z.string().optional(),
    exp_year: z.string().optional(),
    cvc: z.string().optional(),
  }),
  billing_details: z.record(z.string(), z.unknown()).optional(),
})
const paying = {
  payment_method: text(255).optional(),
  payment_method_data: cardData.optional(),
  return_url: text(5000).optional(),
}
const howCaptured = oneOf(['automatic', 'automatic_async', 'manual'])
const cardOnly = z
  .array(oneOf(['card']), 'Invalid array')
  .min(1)
  .optional()
const byPerson = { key: z.string().optional(), client_secret: z.string().optional() }

const created = z
  .union([whole, z.strictObject({ gt: whole, gte: whole, lt: whole, lte: whole }).partial()], 'Invalid integer')
  .optional()
const page = {
  limit: whole
    .refine((value) => value >= 1 && value <= 100, {
      error: 'Limit must be between 1 and 100.',
      params: { code: 'parameter_invalid_integer' },
    })
    .default(10),
  starting_after: z.string().optional(),
  ending_before: z.string().optional(),
  created,
  expand,
}

/** What each endpoint takes. The simulator has no more than this, so all else is refused as unknown. */
export const params = {
  none: z.strictObject({ expand }),
  createIntent: z.strictObject({
    amount,
    currency,
    automatic_payment_methods: z
      .strictObject({ enabled: flag, allow_redirects: oneOf(['always', 'never']).default('always') })
      .optional(),
    payment_method_types: cardOnly,
    capture_method: howCaptured.default('automatic'),
    confirmation_method: oneOf(['automatic', 'manual']).default('automatic'),
    confirm: flag.default(false),
    ...described,
    ...paying,
    expand,
  }),
  updateIntent: z.strictObject({
    amount: amount.optional(),
    currency: currency.optional(),
    payment_method: text(255).optional(),
    payment_method_types: cardOnly,
    ...described,
    expand,
  }),
  readIntent: z.strictObject({ ...byPerson, expand }),
  confirmIntent: z.strictObject({
    ...paying,
    ...byPerson,
    receipt_email: described.receipt_email,
    use_stripe_sdk: flag.optional(),
    expand,
  }),
  cancelIntent: z.strictObject({
    cancellation_reason: oneOf(['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned']).optional(),
    expand,
  }),
  captureIntent: z.strictObject({ amount_to_capture: amount.optional(), metadata: metadata.optional(), expand }),
  createRefund: z.strictObject({
    payment_intent: z.string().optional(),
    charge: z.string().optional(),
    amount: amount.optional(),
    reason: oneOf(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
    metadata: metadata.optional(),
    expand,
  }),
  updateRefund: z.strictObject({ metadata: metadata.optional(), expand }),
  list: z.strictObject(page),
  listOfIntent: z.strictObject({ ...page, payment_intent: z.string().optional(), charge: z.string().optional() }),
  listEvents: z.strictObject({
    ...page,
    type: z.string().optional(),
    types: z.array(z.string()).max(20, 'You can filter by up to 20 types.').optional(),
    delivery_success: flag.optional(),
  }),
}

export type Params<Name extends keyof typeof params> = z.infer<(typeof params)[Name]>
