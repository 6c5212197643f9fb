import { authContract } from '@duka/contracts'
import { commonSettings, proofSettings, readConfig, setting } from '@duka/kit'
import { z } from 'zod'
import { isCommonPassword } from './common-passwords'
import { previousKeys, signingKey } from './rsa-keys'

/** What goes into a header: one line of ASCII. */
const sender = z
  .string()
  .regex(/^(?:[\x20-\x7e]* )?<?[^\s<>@]+@[^\s<>@]+>?$/, 'must be an address such as Duka <no-reply@example.com>')

const settings = z
  .object({
    ...commonSettings,
    ...proofSettings,
    AUTH_PORT: setting.port.default(3001),
    AUTH_DATABASE_URL: setting.databaseUrl,
    AUTH_DATABASE_READ_URL: setting.databaseUrl.optional(),
    JWT_PRIVATE_KEY: signingKey,
    JWT_PREVIOUS_PUBLIC_KEYS: previousKeys.default([]),
    BCRYPT_COST: setting.wholeNumber(4, 15).default(12),
    ADMIN_EMAIL: authContract.email.optional(),
    ADMIN_PASSWORD: authContract.newPassword
      .refine((value) => !isCommonPassword(value), { message: 'must not be one of the most common passwords' })
      .optional(),
    SMTP_URL: setting.smtpUrl.optional(),
    MAIL_FROM: sender.optional(),
    MAIL_DIR: z.string().default('.duka/mail'),
    PASSWORD_RESET_URL: setting.httpUrl.optional(),
    RATE_LIMIT_FACTOR: setting.positive(1_000_000).default(1),
  })
  .superRefine(({ ADMIN_EMAIL, ADMIN_PASSWORD }, context) => {
    if ((ADMIN_EMAIL === undefined) === (ADMIN_PASSWORD === undefined)) return
    const missing = ADMIN_EMAIL === undefined ? 'ADMIN_EMAIL' : 'ADMIN_PASSWORD'
    context.addIssue({ code: 'custom', path: [missing], message: 'must be set where the other of the two is' })
  })
  .superRefine(({ SMTP_URL, MAIL_FROM }, context) => {
    if (SMTP_URL === undefined || MAIL_FROM !== undefined) return
    context.addIssue({ code: 'custom', path: ['MAIL_FROM'], message: 'must be set where SMTP_URL is' })
  })

export type Config = z.output<typeof settings>

/** The only reader of the environment. */
export function loadConfig(env?: NodeJS.ProcessEnv): Config {
  return readConfig(settings, env)
}
