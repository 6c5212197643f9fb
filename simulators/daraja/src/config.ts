import { readSettings, requiredText as required, wholeNumber as whole } from '@duka/simulator-kit'
import { z } from 'zod'
import type { DarajaSimulatorOptions } from './app'

const environmentSchema = z.object({
  DARAJA_SIMULATOR_PORT: whole(0, 65_535).default(6001),
  HOST: z.string().min(1).default('127.0.0.1'),
  DARAJA_SIMULATOR_CONSUMER_KEY: required,
  DARAJA_SIMULATOR_CONSUMER_SECRET: required,
  DARAJA_SIMULATOR_PASSKEY: required,
  DARAJA_SIMULATOR_SHORTCODE: z
    .string()
    .regex(/^\d{5,7}$/, 'has 5 to 7 digits')
    .default('174379'),
  DARAJA_SIMULATOR_TILL: z
    .string()
    .regex(/^\d{5,7}$/, 'has 5 to 7 digits')
    .optional(),
  DARAJA_SIMULATOR_B2C_SHORTCODE: z
    .string()
    .regex(/^\d{5,7}$/, 'has 5 to 7 digits')
    .optional(),
  DARAJA_SIMULATOR_INITIATOR: z.string().min(1).default('testapi'),
  DARAJA_SIMULATOR_MERCHANT: z.string().min(1).max(40).default('DUKA'),
  DARAJA_SIMULATOR_JOURNAL: z.string().min(1).optional(),
  DARAJA_SIMULATOR_SEED: whole(0, 2 ** 31).default(1),
  DARAJA_SIMULATOR_PROMPT_SECONDS: whole(1, 3600).default(60),
  DARAJA_SIMULATOR_AUTO: z.enum(['person', 'pay']).default('person'),
  DARAJA_SIMULATOR_AUTO_DELAY_MS: whole(0, 3_600_000).default(1000),
  DARAJA_SIMULATOR_STRICT: z.enum(['true', 'false', '1', '0']).default('false'),
})

export type Config = { port: number; host: string; simulator: DarajaSimulatorOptions }

/** Reads the settings; an empty one counts as not given. Throws one line that names every problem. */
export const readConfig = (environment: NodeJS.ProcessEnv): Config =>
  toConfig(readSettings(environmentSchema, environment, 'Daraja'))

function toConfig(settings: z.infer<typeof environmentSchema>): Config {
  const {
    DARAJA_SIMULATOR_TILL: till,
    DARAJA_SIMULATOR_B2C_SHORTCODE: b2cShortcode,
    DARAJA_SIMULATOR_JOURNAL: journal,
  } = settings
  return {
    port: settings.DARAJA_SIMULATOR_PORT,
    host: settings.HOST,
    simulator: {
      name: settings.DARAJA_SIMULATOR_MERCHANT,
      consumerKey: settings.DARAJA_SIMULATOR_CONSUMER_KEY,
      consumerSecret: settings.DARAJA_SIMULATOR_CONSUMER_SECRET,
      passkey: settings.DARAJA_SIMULATOR_PASSKEY,
      shortcode: settings.DARAJA_SIMULATOR_SHORTCODE,
      ...(till && { till }),
      ...(b2cShortcode && { b2cShortcode }),
      initiator: settings.DARAJA_SIMULATOR_INITIATOR,
      ...(journal && { journal }),
      strict: ['true', '1'].includes(settings.DARAJA_SIMULATOR_STRICT),
      switches: {
        seed: settings.DARAJA_SIMULATOR_SEED,
        prompt: { seconds: settings.DARAJA_SIMULATOR_PROMPT_SECONDS },
        auto: { answer: settings.DARAJA_SIMULATOR_AUTO, delayMs: settings.DARAJA_SIMULATOR_AUTO_DELAY_MS },
      },
    },
  }
}
