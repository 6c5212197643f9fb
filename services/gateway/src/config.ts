import { commonSettings, readConfig, setting } from '@duka/kit/config'
import { mostLagMs } from '@duka/kit/lag'
import { z } from 'zod'

const origins = z
  .string()
  .transform((value) => value.split(',').map((origin) => origin.trim()))
  .refine((list) => list.every(isOrigin), {
    message: 'must be origins such as https://shop.example, separated by commas, each without a path and never *',
  })

function isOrigin(value: string): boolean {
  return /^https?:/.test(value) && URL.canParse(value) && new URL(value).origin === value
}

const settings = z
  .object({
    ...commonSettings,
    GATEWAY_PORT: setting.port.default(5000),
    METRICS_PORT: setting.port.default(5001),
    METRICS_HOST: z.string().default('0.0.0.0'),
    AUTH_SERVICE_URL: setting.serviceUrls.default(['http://localhost:3001']),
    PRODUCT_SERVICE_URL: setting.serviceUrls.default(['http://localhost:3002']),
    ORDER_SERVICE_URL: setting.serviceUrls.default(['http://localhost:3003']),
    PAYMENT_SERVICE_URL: setting.serviceUrls.default(['http://localhost:3004']),
    CART_SERVICE_URL: setting.serviceUrls.default(['http://localhost:3005']),
    PUBLIC_BASE_URL: setting.httpUrl.optional(),
    PHONE_PAGE_URL: setting.httpUrl.optional(),
    CARDS_PAGE_URL: setting.httpUrl.optional(),
    CORS_ORIGINS: origins.default([]),
    TRUST_PROXY_HOPS: setting.wholeNumber(0, 10).default(0),
    REDIS_URL: setting.redisUrl.optional(),
    READ_MAX_LAG_SECONDS: setting.positive(mostLagMs / 1000).optional(),
    RATE_LIMIT_FACTOR: setting.positive(1_000_000).default(1),
  })
  .transform((given) => ({
    host: given.HOST,
    port: given.GATEWAY_PORT,
    metricsAt: { host: given.METRICS_HOST, port: given.METRICS_PORT },
    serviceUrls: {
      auth: given.AUTH_SERVICE_URL,
      product: given.PRODUCT_SERVICE_URL,
      cart: given.CART_SERVICE_URL,
      order: given.ORDER_SERVICE_URL,
      payment: given.PAYMENT_SERVICE_URL,
    },
    behindTls: given.PUBLIC_BASE_URL?.startsWith('https:') ?? false,
    pages: { phone: given.PHONE_PAGE_URL, cards: given.CARDS_PAGE_URL },
    corsOrigins: given.CORS_ORIGINS,
    trustedHops: given.TRUST_PROXY_HOPS,
    rateLimitFactor: given.RATE_LIMIT_FACTOR,
    redisUrl: given.REDIS_URL,
    maxLagMs: given.READ_MAX_LAG_SECONDS && given.READ_MAX_LAG_SECONDS * 1000,
  }))

export type Config = z.output<typeof settings>

/** The only reader of the environment. */
export function loadConfig(env?: NodeJS.ProcessEnv): Config {
  return readConfig(settings, env)
}
