import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { isCurrency, likelyCurrency, type ServiceName, serviceNames } from '@duka/contracts'
import { z } from 'zod'
import { isConnectionString } from './connection-string'

/** The exit code of a process whose settings are wrong (EX_CONFIG): starting it again would not help. */
export const configurationExitCode = 78

export class ConfigurationError extends Error {
  constructor(readonly problems: string[]) {
    super(`Settings to mend:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.name = 'ConfigurationError'
  }
}

/** Reads settings from the environment, where an empty one counts as not set; lists everything wrong at once. */
export function readConfig<S extends z.ZodType>(schema: S, env: NodeJS.ProcessEnv = process.env): z.output<S> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const result = schema.safeParse(given)
  const wrong = result.error?.issues.map((issue) => {
    const name = issue.path.join('.')
    return `${name} ${given[name] === undefined ? 'is not set' : explain(issue)} (see .env.example)`
  })
  const problems = [...(wrong ?? []), ...publicSecrets(given)]
  if (!result.success || problems.length > 0) throw new ConfigurationError(problems)
  return result.data
}

// zod's own words for a list are "Invalid option: expected one of …".
function explain(issue: z.core.$ZodIssue): string {
  const isOfList = issue.code === 'invalid_value' && issue.message.startsWith('Invalid option')
  return isOfList ? `must be one of ${issue.values.join(', ')}` : issue.message
}

/** Every secret in docker-compose.yml has this in it, the keys too: whoever has the source has them. */
const developmentMark = /development[-_]?only/i

function publicSecrets(given: NodeJS.ProcessEnv): string[] {
  if (given.NODE_ENV !== 'production') return []
  return Object.entries(given).flatMap(([name, value]) =>
    developmentMark.test(value ?? '') ? [`${name} is a development secret, which everybody knows: set your own`] : [],
  )
}

function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`))
}

function positive(max: number) {
  return z.coerce.number('must be a number').gt(0, 'must be more than 0').max(max, `must be at most ${max}`)
}

const httpUrl = z
  .string()
  .regex(/^https?:\/\/[^\s]+$/, { message: 'must start with http:// or https://', abort: true })
  .refine(URL.canParse, 'must be an address such as https://shop.example')
  .transform((value) => value.replace(/\/+$/, ''))

/** Addresses of one service, separated by commas. They differ in their hosts and ports only. */
const serviceUrls = z
  .string()
  .transform((value) => value.split(',').map((url) => url.trim().replace(/\/+$/, '')))
  .refine((urls) => urls.every((url) => /^https?:\/\//.test(url) && URL.canParse(url)), {
    message: 'must be one address such as http://order:3003, or several with commas between them',
  })
  .refine((urls) => new Set(urls.map(sharedParts)).size === 1, {
    message: 'must be addresses that are all http or all https, with the same path',
  })

function sharedParts(url: string): string {
  if (!URL.canParse(url)) return url
  const { protocol, pathname } = new URL(url)
  return protocol + pathname
}

const escaped = 'with % # / ? @ in its password written as %25 %23 %2F %3F %40'

/** What its client can read: the user and password decode, and the path is the number of a database. */
const redisUrl = z.string().refine((value) => isConnectionString(value, ['redis', 'rediss']) && namesNumber(value), {
  message: `must be such as redis://:password@host:6379/0 (rediss:// for TLS), ${escaped}`,
})

function namesNumber(value: string): boolean {
  const { hostname, pathname } = new URL(value)
  return hostname !== '' && /^(\/\d*)?$/.test(pathname)
}

const databaseUrl = z.string().refine((value) => isConnectionString(value, ['postgres', 'postgresql']), {
  message: `must be such as postgres://user:password@host:5432/database, ${escaped}`,
})

const smtpUrl = z.string().refine((value) => isConnectionString(value, ['smtp', 'smtps']), {
  message: `must be such as smtp://user:password@host:587 (smtps:// for TLS from the start), ${escaped}`,
})

const level = z.enum(['error', 'warn', 'info', 'http', 'debug'])

const privateKey = z.string().transform((value, context): KeyObject => {
  try {
    return createPrivateKey({ key: Buffer.from(value, 'base64'), format: 'der', type: 'pkcs8' })
  } catch {
    context.addIssue({ code: 'custom', message: 'must be an EC P-256 private key as PKCS#8 DER in base64' })
    return z.NEVER
  }
})

const publicKeys = z.string().transform((value, context): Map<ServiceName, KeyObject> => {
  try {
    const keys = z.partialRecord(z.enum(serviceNames), z.string()).parse(JSON.parse(value))
    return new Map(Object.entries(keys).map(([name, key]) => [name as ServiceName, readPublicKey(key)]))
  } catch {
    context.addIssue({ code: 'custom', message: 'must be a JSON object of service names and SPKI DER keys in base64' })
    return z.NEVER
  }
})

function readPublicKey(value: string): KeyObject {
  return createPublicKey({ key: Buffer.from(value, 'base64'), format: 'der', type: 'spki' })
}

const currency = z.string().refine(isCurrency, {
  error: ({ input }) => {
    const likely = likelyCurrency(String(input))
    return likely ? `is no ISO 4217 currency: write ${likely}` : 'must be an ISO 4217 code such as KES'
  },
})

/** The kinds of settings that services share. */
export const setting = {
  wholeNumber,
  positive,
  httpUrl,
  serviceUrls,
  databaseUrl,
  redisUrl,
  smtpUrl,
  privateKey,
  publicKeys,
  currency,
  port: wholeNumber(1, 65_535),
}

const samplers = ['always_on', 'always_off', 'traceidratio'] as const

/** OpenTelemetry's own names and values for them. */
const sampler = z.enum([...samplers, ...samplers.map((name) => `parentbased_${name}` as const)])

const noShare = 'must be a share from 0 to 1'
const share = z.coerce.number(noShare).min(0, noShare).max(1, noShare)

const headers = z
  .string()
  .regex(
    /^(\s*[\w!#$%&'*+.^`|~-]+\s*=[^,\r\n]+)(,\s*[\w!#$%&'*+.^`|~-]+\s*=[^,\r\n]+)*$/,
    'must be such as name=value,other=value',
  )

const sentryDsn = z
  .string()
  .regex(/^https?:\/\/\w+@[\w.:-]+\/(?:[\w/-]+\/)?\d+$/, 'must be such as https://key@host.example/1')

/** What every service reads. */
export const commonSettings = {
  HOST: z.string().default('0.0.0.0'),
  LOG_LEVEL: level.default('info'),
  METRICS: z.enum(['on', 'off']).default('on'),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  // OpenTelemetry reads them itself, and leaves out in silence what it cannot read.
  OTEL_EXPORTER_OTLP_HEADERS: headers.optional(),
  OTEL_TRACES_SAMPLER: sampler.optional(),
  OTEL_TRACES_SAMPLER_ARG: share.optional(),
  SENTRY_DSN: sentryDsn.optional(),
  SENTRY_ENVIRONMENT: z.string().max(60).optional(),
}

/** What every service with internal endpoints, or that calls some, reads. */
export const proofSettings = {
  SERVICE_KEY: privateKey,
  SERVICE_PUBLIC_KEYS: publicKeys,
}
