import { generateKeyPairSync } from 'node:crypto'
import { z } from 'zod'
import { ConfigurationError, commonSettings, proofSettings, readConfig, setting } from '../src'

const schema = z.object({
  PORT: setting.port.default(3000),
  DATABASE_URL: setting.databaseUrl,
  BASE_URL: setting.httpUrl.optional(),
  FACTOR: setting.positive(1000).default(1),
  CURRENCY: setting.currency.default('KES'),
})
const good = { DATABASE_URL: 'postgres://a:b@localhost/db' }

function problemsOf(env: NodeJS.ProcessEnv, settings: z.ZodType = schema): string[] {
  try {
    readConfig(settings, env)
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
}

test('reads what is set, and defaults', () => {
  expect(readConfig(schema, { ...good, BASE_URL: 'https://x.example//', FACTOR: '2.5' })).toEqual({
    PORT: 3000,
    DATABASE_URL: good.DATABASE_URL,
    BASE_URL: 'https://x.example',
    FACTOR: 2.5,
    CURRENCY: 'KES',
  })
})

test('an empty setting is one that is not set', () => {
  expect(readConfig(schema, { ...good, PORT: '', CURRENCY: '' })).toMatchObject({ PORT: 3000, CURRENCY: 'KES' })
  expect(problemsOf({ DATABASE_URL: '' })).toEqual(['DATABASE_URL is not set (see .env.example)'])
})

test('a setting that is one of a list is told the list', () => {
  const settings = z.object({ LEVEL: z.enum(['info', 'debug']), MODE: z.enum(['a', 'b'], 'must be such or such') })
  expect(problemsOf({ LEVEL: 'loud', MODE: 'c' }, settings)).toEqual([
    'LEVEL must be one of info, debug (see .env.example)',
    'MODE must be such or such (see .env.example)',
  ])
})

test.each([
  [{ OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Basic%20YTpi==, x-team=shop' }, []],
  [{ OTEL_EXPORTER_OTLP_HEADERS: 'hidden-token' }, [/^OTEL_EXPORTER_OTLP_HEADERS must be such as name=value/]],
  [{ OTEL_EXPORTER_OTLP_HEADERS: 'a=b\nc' }, [/^OTEL_EXPORTER_OTLP_HEADERS must be such as name=value/]],
  [{ OTEL_TRACES_SAMPLER_ARG: 'a tenth' }, [/^OTEL_TRACES_SAMPLER_ARG must be a share from 0 to 1/]],
  [{ OTEL_TRACES_SAMPLER_ARG: '-1' }, [/^OTEL_TRACES_SAMPLER_ARG must be a share from 0 to 1/]],
])('who is told of requests: %j', (env, problems) => {
  const found = problemsOf(env, z.object(commonSettings))
  expect(found).toEqual(problems.map((each) => expect.stringMatching(each)))
  expect(found.join()).not.toContain('hidden')
})

test('a currency that is known by another code is named with that', () => {
  const env = { DATABASE_URL: 'postgres://a@b/c', CURRENCY: 'KSH' }
  expect(problemsOf(env)).toEqual(['CURRENCY is no ISO 4217 currency: write KES (see .env.example)'])
})

test('lists every problem at once, one line each, and says what to do', () => {
  const env = { PORT: '99999', BASE_URL: 'localhost', FACTOR: '0', CURRENCY: 'shillings' }
  expect(problemsOf(env)).toEqual([
    'PORT must be at most 65535 (see .env.example)',
    'DATABASE_URL is not set (see .env.example)',
    'BASE_URL must start with http:// or https:// (see .env.example)',
    'FACTOR must be more than 0 (see .env.example)',
    'CURRENCY must be an ISO 4217 code such as KES (see .env.example)',
  ])
})

test.each(['80.5', '-1', '0x50', '0', 'http', ' 80', '1e3'])('%p is no port', (PORT) => {
  expect(problemsOf({ ...good, PORT })).toHaveLength(1)
})

test('keys that are none are told without being shown', () => {
  const settings = z.object(proofSettings)
  const problems = problemsOf({ SERVICE_KEY: 'c2VjcmV0', SERVICE_PUBLIC_KEYS: '{"order":"c2VjcmV0"}' }, settings)
  expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['SERVICE_KEY', 'SERVICE_PUBLIC_KEYS'])
  expect(problems.join()).not.toContain('c2VjcmV0')
})

test.each(['{"stranger":"x"}', '[]', 'not json', '{"order":1}'])('%s is no list of public keys', (text) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const SERVICE_KEY = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')
  const problems = problemsOf({ SERVICE_KEY, SERVICE_PUBLIC_KEYS: text }, z.object(proofSettings))
  expect(problems).toEqual([expect.stringMatching(/^SERVICE_PUBLIC_KEYS must be a JSON object/)])
})

test('in production no development secret is taken, nor shown', () => {
  const url = 'postgres://order:development-only@order-db:5432/order_db'
  expect(problemsOf({ DATABASE_URL: url, NODE_ENV: 'development' })).toEqual([])
  expect(problemsOf({ DATABASE_URL: url, NODE_ENV: 'production' })).toEqual([
    'DATABASE_URL is a development secret, which everybody knows: set your own',
  ])
  expect(problemsOf({ ...good, NODE_ENV: 'production' })).toEqual([])
})
