import { ConfigurationError } from '@duka/kit'
import { loadConfig } from '../src/config'

test('nothing needs to be set', () => {
  expect(loadConfig({})).toEqual({
    host: '0.0.0.0',
    port: 5000,
    metricsAt: { host: '0.0.0.0', port: 5001 },
    serviceUrls: {
      auth: ['http://localhost:3001'],
      product: ['http://localhost:3002'],
      order: ['http://localhost:3003'],
      payment: ['http://localhost:3004'],
      cart: ['http://localhost:3005'],
    },
    behindTls: false,
    pages: {},
    corsOrigins: [],
    trustedHops: 0,
    rateLimitFactor: 1,
  })
})

test('what is set counts', () => {
  const config = loadConfig({
    GATEWAY_PORT: '8080',
    METRICS_PORT: '9001',
    METRICS_HOST: '127.0.0.1',
    CORS_ORIGINS: 'http://localhost:5173, https://shop.example',
    PUBLIC_BASE_URL: 'https://shop.example/',
    TRUST_PROXY_HOPS: '2',
    RATE_LIMIT_FACTOR: '0.5',
    REDIS_URL: 'redis://:secret@redis:6379/1',
    CART_SERVICE_URL: 'http://cart-1:3005/, http://cart-2:3005',
  })
  expect(config).toMatchObject({
    port: 8080,
    metricsAt: { host: '127.0.0.1', port: 9001 },
    pages: {},
    corsOrigins: ['http://localhost:5173', 'https://shop.example'],
    behindTls: true,
    trustedHops: 2,
    rateLimitFactor: 0.5,
    redisUrl: 'redis://:secret@redis:6379/1',
    serviceUrls: { cart: ['http://cart-1:3005', 'http://cart-2:3005'] },
  })
})

test.each([
  ['RATE_LIMIT_FACTOR', '0'],
  ['RATE_LIMIT_FACTOR', '-1'],
  ['RATE_LIMIT_FACTOR', 'many'],
  ['TRUST_PROXY_HOPS', 'true'],
  ['TRUST_PROXY_HOPS', '-1'],
  ['CORS_ORIGINS', '*'],
  ['CORS_ORIGINS', 'https://shop.example/'],
  ['CORS_ORIGINS', 'https://shop.example,'],
  ['CORS_ORIGINS', 'shop.example'],
  ['GATEWAY_PORT', '70000'],
  ['METRICS_PORT', '0'],
  ['REDIS_URL', 'redis:6379'],
  ['REDIS_URL', 'http://redis:6379'],
  ['REDIS_URL', 'redis://'],
  ['REDIS_URL', 'redis://:secret@:6379'],
  ['REDIS_URL', 'redis://redis:99999'],
  ['REDIS_URL', 'redis://redis:6379/shop'],
  ['REDIS_URL', 'redis://%zz@redis:6379'],
  ['ORDER_SERVICE_URL', 'order:3003'],
  ['ORDER_SERVICE_URL', 'http://order:3003,'],
  ['ORDER_SERVICE_URL', 'http://a:3003,https://b:3003'],
  ['ORDER_SERVICE_URL', 'http://a:3003/x,http://b:3003/y'],
  ['ORDER_SERVICE_URL', 'http://a:port'],
])('%s=%s is refused by name', (name, value) => {
  expect(() => loadConfig({ [name]: value })).toThrow(ConfigurationError)
  expect(() => loadConfig({ [name]: value })).toThrow(new RegExp(`^ *${name} must`, 'm'))
})
