import { isIP } from 'node:net'
import { commonSettings, proofSettings, readConfig, setting } from '@duka/kit'
import { z } from 'zod'
import { stripeProblems, stripeSettings } from './stripe/settings'

/** Safaricom takes no callback address with one of these in it (Daraja, Register URL rules). */
const refusedWords = /m-?pesa|safaricom|exe|cmd|sql|query/i

const fields = z.object({
  ...commonSettings,
  ...proofSettings,
  PAYMENT_PORT: setting.port.default(3004),
  PAYMENT_DATABASE_URL: setting.databaseUrl,
  PAYMENT_DATABASE_READ_URL: setting.databaseUrl.optional(),
  AUTH_SERVICE_URL: setting.serviceUrls.default(['http://localhost:3001']),
  ORDER_SERVICE_URL: setting.serviceUrls.default(['http://localhost:3003']),
  PUBLIC_BASE_URL: setting.httpUrl.default('http://localhost:5000'),
  RATE_LIMIT_FACTOR: setting.positive(1_000_000).default(1),
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
  MPESA_CONFIRM_BY_QUERY: z
    .enum(['true', 'false'], 'must be true or false')
    .default('false')
    .transform((value) => value === 'true'),
  MPESA_ALLOWED_IPS: z
    .string()
    .default('')
    .transform((value) => value.split(',').flatMap((each) => each.trim() || []))
    .refine((addresses) => addresses.every((each) => isIP(each)), 'must be IP addresses, separated by commas'),
  MPESA_INITIATOR_NAME: z.string().max(100).optional(),
  MPESA_SECURITY_CREDENTIAL: z.string().max(1000).optional(),
  MPESA_B2C_SHORTCODE: z
    .string()
    .regex(/^\d{5,7}$/, 'must be 5 to 7 digits')
    .optional(),
  ...stripeSettings,
})

const settings = fields.superRefine((config, context) => {
  if (!config.MPESA_INITIATOR_NAME !== !config.MPESA_SECURITY_CREDENTIAL) {
    const path = [config.MPESA_INITIATOR_NAME ? 'MPESA_SECURITY_CREDENTIAL' : 'MPESA_INITIATOR_NAME']
    context.addIssue({ code: 'custom', path, message: 'is needed with the other of the two, to give money back' })
  }
  for (const { name, message } of stripeProblems(config)) context.addIssue({ code: 'custom', path: [name], message })
  const name = config.MPESA_CALLBACK_URL ? 'MPESA_CALLBACK_URL' : 'PUBLIC_BASE_URL'
  if (!config.MPESA_CONSUMER_KEY || !refusedWords.test(config[name] ?? '')) return
  const message =
    'must not contain mpesa, safaricom, exe, cmd, sql or query, which Safaricom refuses in a callback address'
  context.addIssue({ code: 'custom', path: [name], message })
})

export type Config = z.output<typeof settings>

/** The only reader of the environment. */
export function loadConfig(env?: NodeJS.ProcessEnv): Config {
  return readConfig(settings, env)
}
