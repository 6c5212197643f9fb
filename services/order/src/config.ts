import { fitsCurrency, maxMinor, toMinor } from '@duka/contracts'
import { commonSettings, proofSettings, readConfig, setting } from '@duka/kit'
import { z } from 'zod'

const money = z
  .string()
  .regex(/^\d{1,10}(\.\d{1,2})?$/, 'must be an amount such as 250 or 99.50')
  .transform(toMinor)
  .refine((value) => value < maxMinor / 2, 'is too much')

/** Per cent, as basis points, so that a rate such as 16.5 stays a whole number. */
const rate = z
  .string()
  .regex(/^\d{1,2}(\.\d{1,2})?$/, 'must be per cent from 0 to 99.99')
  .transform(toMinor)

const fields = z.object({
  ...commonSettings,
  ...proofSettings,
  ORDER_PORT: setting.port.default(3003),
  ORDER_DATABASE_URL: setting.databaseUrl,
  ORDER_DATABASE_READ_URL: setting.databaseUrl.optional(),
  AUTH_SERVICE_URL: setting.serviceUrls.default(['http://localhost:3001']),
  PRODUCT_SERVICE_URL: setting.serviceUrls.default(['http://localhost:3002']),
  PAYMENT_SERVICE_URL: setting.serviceUrls.default(['http://localhost:3004']),
  CART_SERVICE_URL: setting.serviceUrls.default(['http://localhost:3005']),
  ORDER_TTL_MINUTES: setting.positive(10_080).default(30),
  DELIVERY_FEE: money.default(0),
  VAT_RATE: rate.default(1600),
  STORE_CURRENCY: setting.currency.default('KES'),
})

const settings = fields.refine(({ DELIVERY_FEE, STORE_CURRENCY }) => fitsCurrency(DELIVERY_FEE, STORE_CURRENCY), {
  path: ['DELIVERY_FEE'],
  error: 'must be a whole amount, as STORE_CURRENCY has no decimals',
})

export type Config = z.output<typeof settings>

/** The only reader of the environment. */
export function loadConfig(env?: NodeJS.ProcessEnv): Config {
  return readConfig(settings, env)
}
