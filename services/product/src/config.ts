import { commonSettings, proofSettings, readConfig, setting } from '@duka/kit'
import { z } from 'zod'

const settings = z.object({
  ...commonSettings,
  ...proofSettings,
  PRODUCT_PORT: setting.port.default(3002),
  PRODUCT_DATABASE_URL: setting.databaseUrl,
  PRODUCT_DATABASE_READ_URL: setting.databaseUrl.optional(),
  AUTH_SERVICE_URL: setting.serviceUrls.default(['http://localhost:3001']),
  PUBLIC_BASE_URL: setting.httpUrl.default('http://localhost:5000'),
  STORE_CURRENCY: setting.currency.default('KES'),
  REDIS_URL: setting.redisUrl.optional(),
})

export type Config = z.output<typeof settings>

/** The only reader of the environment. */
export function loadConfig(env?: NodeJS.ProcessEnv): Config {
  return readConfig(settings, env)
}
