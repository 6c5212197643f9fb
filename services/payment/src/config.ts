import { commonSettings, proofSettings, readConfig, setting } from '@duka/kit'
import { z } from 'zod'

const settings = z.object({
  ...commonSettings,
  ...proofSettings,
  PAYMENT_PORT: setting.port.default(3004),
  PAYMENT_DATABASE_URL: setting.databaseUrl,
  AUTH_SERVICE_URL: setting.httpUrl.default('http://localhost:3001'),
  ORDER_SERVICE_URL: setting.httpUrl.default('http://localhost:3003'),
  PUBLIC_BASE_URL: setting.httpUrl.default('http://localhost:5000'),
  MPESA_ENVIRONMENT: z.enum(['sandbox', 'production'], 'must be sandbox or production').default('sandbox'),
  MPESA_BASE_URL: setting.httpUrl.optional(),
  MPESA_CALLBACK_URL: setting.httpUrl.optional(),
  MPESA_CONSUMER_KEY: z.string().optional(),
  MPESA_CONSUMER_SECRET: z.string().optional(),
  MPESA_SHORTCODE: z
    .string()
    .regex(/^\d{5,7}$/, 'must be 5 to 7 digits')
    .optional(),
  MPESA_PASSKEY: z.string().optional(),
  MPESA_TILL_NUMBER: z
    .string()
    .regex(/^\d{5,9}$/, 'must be 5 to 9 digits')
    .optional(),
})

export type Config = z.output<typeof settings>

/** The only reader of the environment. */
export function loadConfig(env?: NodeJS.ProcessEnv): Config {
  return readConfig(settings, env)
}
