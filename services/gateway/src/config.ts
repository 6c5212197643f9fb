import { commonSettings, readConfig, setting } from '@duka/kit/config'
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

/** What its client can read: the user and password decode, and the path is the number of a database. */
const redisUrl = z.string().refine((value) => /^rediss?:\/\//.test(value) && isReadable(value), {
  message: 'must be such as redis://:password@host:6379/0 (rediss:// for TLS)',
})

function isReadable(value: string): boolean {
  try {
    const { hostname, username, password, pathname } = new URL(value)
    decodeURIComponent(username + password)
    return hostname !== '' && /^(\/\d*)?$/.test(pathname)
  } catch {
    return false
  }
}

const settings = z
  .object({
    ...commonSettings,
    GATEWAY_PORT: setting.port.default(5000),
    AUTH_SERVICE_URL: setting.serviceUrls.default(['http://localhost:3001']),
    PRODUCT_SERVICE_URL: setting.serviceUrls.default(['http://localhost:3002']),
    ORDER_SERVICE_URL: setting.serviceUrls.default(['http://localhost:3003']),
    PAYMENT_SERVICE_URL: setting.serviceUrls.default(['http://localhost:3004']),
    CART_SERVICE_URL: setting.serviceUrls.default(['http://localhost:3005']),
    PUBLIC_BASE_URL: setting.httpUrl.optional(),
    CORS_ORIGINS: origins.default([]),
    TRUST_PROXY_HOPS: setting.wholeNumber(0, 10).default(0),
    REDIS_URL: redisUrl.optional(),
    RATE_LIMIT_FACTOR: setting.positive(1_000_000).default(1),
  })
  .transform((given) => ({
    host: given.HOST,
    port: given.GATEWAY_PORT,
    serviceUrls: {
      auth: given.AUTH_SERVICE_URL,
      product: given.PRODUCT_SERVICE_URL,
      cart: given.CART_SERVICE_URL,
      order: given.ORDER_SERVICE_URL,
      payment: given.PAYMENT_SERVICE_URL,
    },
    behindTls: given.PUBLIC_BASE_URL?.startsWith('https:') ?? false,
    corsOrigins: given.CORS_ORIGINS,
    trustedHops: given.TRUST_PROXY_HOPS,
    rateLimitFactor: given.RATE_LIMIT_FACTOR,
    redisUrl: given.REDIS_URL,
  }))

export type Config = z.output<typeof settings>

/** The only reader of the environment. */
export function loadConfig(env?: NodeJS.ProcessEnv): Config {
  return readConfig(settings, env)
}
