import { isReceiverUrl, readSettings, requiredText, wholeNumber } from '@duka/simulator-kit'
import { z } from 'zod'
import type { StripeSimulatorOptions } from './app'

const secrets = requiredText
  .transform((text) => text.split(',').map((secret) => secret.trim()))
  .refine(
    (list) => list.every((secret) => /^whsec_\S+$/.test(secret)),
    'begins with whsec_ (several are separated by commas)',
  )

const environmentSchema = z.object({
  STRIPE_SIMULATOR_PORT: wholeNumber(0, 65_535).default(6002),
  HOST: z.string().min(1).default('127.0.0.1'),
  STRIPE_SIMULATOR_SECRET_KEY: requiredText.regex(/^sk_test_\S+$/, 'begins with sk_test_'),
  STRIPE_SIMULATOR_PUBLISHABLE_KEY: requiredText.regex(/^pk_test_\S+$/, 'begins with pk_test_'),
  STRIPE_SIMULATOR_WEBHOOK_SECRET: secrets,
  STRIPE_SIMULATOR_WEBHOOK_URL: requiredText.refine(
    isReceiverUrl,
    'is an https address, or http on this machine or a private network',
  ),
  STRIPE_SIMULATOR_PUBLIC_URL: z.url('is not an address').optional(),
  STRIPE_SIMULATOR_JOURNAL: z.string().min(1).optional(),
  STRIPE_SIMULATOR_SEED: wholeNumber(0, 2 ** 31).default(1),
  STRIPE_SIMULATOR_AUTO: z.enum(['person', 'pay']).default('person'),
  STRIPE_SIMULATOR_AUTO_DELAY_MS: wholeNumber(0, 3_600_000).default(1000),
})

export type Config = { port: number; host: string; simulator: StripeSimulatorOptions }

/** Reads the settings; an empty one counts as not given. Throws one line that names every problem. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const settings = readSettings(environmentSchema, environment, 'Stripe')
  return {
    port: settings.STRIPE_SIMULATOR_PORT,
    host: settings.HOST,
    simulator: {
      secretKey: settings.STRIPE_SIMULATOR_SECRET_KEY,
      publishableKey: settings.STRIPE_SIMULATOR_PUBLISHABLE_KEY,
      webhookUrl: settings.STRIPE_SIMULATOR_WEBHOOK_URL,
      webhookSecrets: settings.STRIPE_SIMULATOR_WEBHOOK_SECRET,
      ...(settings.STRIPE_SIMULATOR_PUBLIC_URL && { origin: new URL(settings.STRIPE_SIMULATOR_PUBLIC_URL).origin }),
      ...(settings.STRIPE_SIMULATOR_JOURNAL && { journal: settings.STRIPE_SIMULATOR_JOURNAL }),
      switches: {
        seed: settings.STRIPE_SIMULATOR_SEED,
        auto: { answer: settings.STRIPE_SIMULATOR_AUTO, delayMs: settings.STRIPE_SIMULATOR_AUTO_DELAY_MS },
      },
    },
  }
}
