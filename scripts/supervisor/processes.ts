/** One process of the shop: where its program lies, where it listens, and the only settings that it is given. */
export type ProcessSpec = {
  name: string
  /** Its program, from the root of the repository. */
  entry: string
  /** Answers 200 once the process can do its work. */
  readyPath: string
  portSetting: string
  defaultPort: number
  /** Where it shows its metrics, where its first port is public. */
  metricsPort?: { setting: string; defaultPort: number }
  /** The setting that tells others where to find it. */
  urlSetting?: string
  /** Its own database; the login role has the process's name. */
  database?: { setting: string; name: string }
  /** Holds a key that proves its name to the other services. */
  provesItself: boolean
  settings: readonly string[]
  /** Processes stop in this order, those of one stage together. */
  stopStage: number
}

/**
 * A small young generation saves some 12 MB in each process. The gateway, which every request passes, has a larger one:
 * it would collect garbage for much of its time.
 */
export function nodeFlagsOf(name: string): string[] {
  return [`--max-semi-space-size=${name === 'gateway' ? 4 : 1}`]
}

const everywhere = ['LOG_LEVEL', 'METRICS']
/** Whom services tell of requests and of errors. */
const observed = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
  'SENTRY_DSN',
  'SENTRY_ENVIRONMENT',
]
const mpesaSettings = [
  'MPESA_ENVIRONMENT',
  'MPESA_BASE_URL',
  'MPESA_CONSUMER_KEY',
  'MPESA_CONSUMER_SECRET',
  'MPESA_SHORTCODE',
  'MPESA_PASSKEY',
  'MPESA_CALLBACK_URL',
  'MPESA_TILL_NUMBER',
  'MPESA_CONFIRM_BY_QUERY',
  'MPESA_ALLOWED_IPS',
  'MPESA_INITIATOR_NAME',
  'MPESA_SECURITY_CREDENTIAL',
  'MPESA_B2C_SHORTCODE',
]
const stripeSettings = ['STRIPE_SECRET_KEY', 'STRIPE_PUBLISHABLE_KEY', 'STRIPE_WEBHOOK_SECRET', 'STRIPE_API_BASE_URL']

function service(
  name: string,
  defaultPort: number,
  settings: readonly string[],
  { hasDatabase = true, stopStage = 1, metricsPort }: Partial<ProcessSpec> & { hasDatabase?: boolean } = {},
): ProcessSpec {
  const prefix = name.toUpperCase()
  const database = { setting: `${prefix}_DATABASE_URL`, name: `${name}_db` }
  return {
    name,
    entry: `services/${name}/dist/main.js`,
    readyPath: '/ready',
    portSetting: `${prefix}_PORT`,
    defaultPort,
    ...(hasDatabase ? { urlSetting: `${prefix}_SERVICE_URL`, database } : {}),
    ...(metricsPort ? { metricsPort } : {}),
    provesItself: true,
    settings: [`${prefix}_PORT`, ...(hasDatabase ? [database.setting] : []), ...everywhere, ...observed, ...settings],
    stopStage,
  }
}

export const services: readonly ProcessSpec[] = [
  service(
    'gateway',
    5000,
    [
      'HOST',
      'AUTH_SERVICE_URL',
      'PRODUCT_SERVICE_URL',
      'ORDER_SERVICE_URL',
      'PAYMENT_SERVICE_URL',
      'CART_SERVICE_URL',
      'CORS_ORIGINS',
      'REDIS_URL',
      'READ_MAX_LAG_SECONDS',
      'RATE_LIMIT_FACTOR',
      'TRUST_PROXY_HOPS',
      'PUBLIC_BASE_URL',
      'PHONE_PAGE_URL',
      'CARDS_PAGE_URL',
      'METRICS_PORT',
      'METRICS_HOST',
    ],
    { hasDatabase: false, stopStage: 0, metricsPort: { setting: 'METRICS_PORT', defaultPort: 5001 } },
  ),
  service('auth', 3001, [
    'AUTH_DATABASE_READ_URL',
    'JWT_PRIVATE_KEY',
    'JWT_PREVIOUS_PUBLIC_KEYS',
    'BCRYPT_COST',
    'ADMIN_EMAIL',
    'ADMIN_PASSWORD',
    'SMTP_URL',
    'MAIL_FROM',
    'MAIL_DIR',
    'PASSWORD_RESET_URL',
    'RATE_LIMIT_FACTOR',
  ]),
  service('product', 3002, [
    'PRODUCT_DATABASE_READ_URL',
    'AUTH_SERVICE_URL',
    'PUBLIC_BASE_URL',
    'STORE_CURRENCY',
    'REDIS_URL',
  ]),
  service('order', 3003, [
    'ORDER_DATABASE_READ_URL',
    'AUTH_SERVICE_URL',
    'PRODUCT_SERVICE_URL',
    'CART_SERVICE_URL',
    'PAYMENT_SERVICE_URL',
    'ORDER_TTL_MINUTES',
    'DELIVERY_FEE',
    'VAT_RATE',
    'STORE_CURRENCY',
  ]),
  service('payment', 3004, [
    'PAYMENT_DATABASE_READ_URL',
    'AUTH_SERVICE_URL',
    'ORDER_SERVICE_URL',
    'PUBLIC_BASE_URL',
    'STORE_CURRENCY',
    'RATE_LIMIT_FACTOR',
    ...mpesaSettings,
    ...stripeSettings,
  ]),
  service('cart', 3005, ['AUTH_SERVICE_URL', 'PRODUCT_SERVICE_URL', 'STORE_CURRENCY']),
]

/** A stand-in for a provider, and the settings that it stands in with. */
export type SimulatorSpec = ProcessSpec & {
  /** Whether these settings leave the provider to the simulator. */
  isWanted(given: Readonly<Record<string, string>>): boolean
  /** What the simulator at this address and the service that uses it are told; both follow what is given. */
  settingsAt(url: string, keys: SimulatorKeys, given: Readonly<Record<string, string>>): Record<string, string>
}
/** What a start makes up for a simulator: secrets by their names, and the file that it keeps. */
export type SimulatorKeys = { secrets: Readonly<Record<string, string>>; journal: string }

const gatewayAt = (given: Readonly<Record<string, string>>) => `http://127.0.0.1:${given.GATEWAY_PORT ?? '5000'}`

// Safaricom's own shortcode for its sandbox, and its API user there.
const sandboxShortcode = '174379'
const sandboxInitiator = 'testapi'

const daraja: SimulatorSpec = {
  name: 'daraja',
  entry: 'simulators/daraja/dist/main.js',
  readyPath: '/health',
  portSetting: 'DARAJA_SIMULATOR_PORT',
  defaultPort: 6001,
  provesItself: false,
  settings: [
    'DARAJA_SIMULATOR_PORT',
    'DARAJA_SIMULATOR_CONSUMER_KEY',
    'DARAJA_SIMULATOR_CONSUMER_SECRET',
    'DARAJA_SIMULATOR_SHORTCODE',
    'DARAJA_SIMULATOR_PASSKEY',
    'DARAJA_SIMULATOR_JOURNAL',
    'DARAJA_SIMULATOR_TILL',
    'DARAJA_SIMULATOR_INITIATOR',
    'DARAJA_SIMULATOR_B2C_SHORTCODE',
    'DARAJA_SIMULATOR_MERCHANT',
    'DARAJA_SIMULATOR_SEED',
    'DARAJA_SIMULATOR_PROMPT_SECONDS',
    'DARAJA_SIMULATOR_AUTO',
    'DARAJA_SIMULATOR_AUTO_DELAY_MS',
    'DARAJA_SIMULATOR_STRICT',
    ...everywhere,
  ],
  stopStage: 2,
  // Whoever gives a consumer key, a base URL or the production environment means a Daraja of their own.
  isWanted: (given) => !given.MPESA_BASE_URL && !given.MPESA_CONSUMER_KEY && given.MPESA_ENVIRONMENT !== 'production',
  settingsAt: (url, { secrets, journal }, given) => {
    const key = given.DARAJA_SIMULATOR_CONSUMER_KEY ?? secrets.darajaConsumerKey ?? ''
    const secret =
      given.MPESA_CONSUMER_SECRET ?? given.DARAJA_SIMULATOR_CONSUMER_SECRET ?? secrets.darajaConsumerSecret ?? ''
    const shortcode = given.MPESA_SHORTCODE ?? given.DARAJA_SIMULATOR_SHORTCODE ?? sandboxShortcode
    const passkey = given.MPESA_PASSKEY ?? given.DARAJA_SIMULATOR_PASSKEY ?? secrets.darajaPasskey ?? ''
    const initiator = given.MPESA_INITIATOR_NAME ?? given.DARAJA_SIMULATOR_INITIATOR ?? sandboxInitiator
    const payoutShortcode = given.MPESA_B2C_SHORTCODE ?? given.DARAJA_SIMULATOR_B2C_SHORTCODE ?? shortcode
    return {
      PHONE_PAGE_URL: given.PHONE_PAGE_URL ?? `${url}/phone`,
      MPESA_BASE_URL: url,
      MPESA_ENVIRONMENT: 'sandbox',
      // A simulated phone never leaves this machine, whatever address the public has.
      MPESA_CALLBACK_URL: given.MPESA_CALLBACK_URL ?? gatewayAt(given),
      MPESA_CONSUMER_KEY: key,
      MPESA_CONSUMER_SECRET: secret,
      MPESA_SHORTCODE: shortcode,
      MPESA_PASSKEY: passkey,
      MPESA_INITIATOR_NAME: initiator,
      // Encrypted with Safaricom's key in earnest; the simulator only looks at its length.
      MPESA_SECURITY_CREDENTIAL: given.MPESA_SECURITY_CREDENTIAL ?? Buffer.alloc(256, passkey).toString('base64'),
      MPESA_B2C_SHORTCODE: payoutShortcode,
      DARAJA_SIMULATOR_CONSUMER_KEY: key,
      DARAJA_SIMULATOR_CONSUMER_SECRET: secret,
      DARAJA_SIMULATOR_SHORTCODE: shortcode,
      DARAJA_SIMULATOR_PASSKEY: passkey,
      DARAJA_SIMULATOR_INITIATOR: initiator,
      DARAJA_SIMULATOR_B2C_SHORTCODE: payoutShortcode,
      DARAJA_SIMULATOR_JOURNAL: given.DARAJA_SIMULATOR_JOURNAL ?? journal,
    }
  },
}

const stripe: SimulatorSpec = {
  name: 'stripe',
  entry: 'simulators/stripe/dist/main.js',
  readyPath: '/health',
  portSetting: 'STRIPE_SIMULATOR_PORT',
  defaultPort: 6002,
  provesItself: false,
  settings: [
    'STRIPE_SIMULATOR_PORT',
    'STRIPE_SIMULATOR_SECRET_KEY',
    'STRIPE_SIMULATOR_PUBLISHABLE_KEY',
    'STRIPE_SIMULATOR_WEBHOOK_SECRET',
    'STRIPE_SIMULATOR_WEBHOOK_URL',
    'STRIPE_SIMULATOR_PUBLIC_URL',
    'STRIPE_SIMULATOR_JOURNAL',
    'STRIPE_SIMULATOR_SEED',
    'STRIPE_SIMULATOR_AUTO',
    'STRIPE_SIMULATOR_AUTO_DELAY_MS',
    ...everywhere,
  ],
  stopStage: 2,
  // Whoever gives a key or a base URL means a Stripe of their own.
  isWanted: (given) => stripeSettings.every((name) => !given[name]),
  settingsAt: (url, { secrets, journal }, given) => {
    const secretKey = given.STRIPE_SIMULATOR_SECRET_KEY ?? secrets.stripeSecretKey ?? ''
    const publishableKey = given.STRIPE_SIMULATOR_PUBLISHABLE_KEY ?? secrets.stripePublishableKey ?? ''
    const webhookSecret = given.STRIPE_SIMULATOR_WEBHOOK_SECRET ?? secrets.stripeWebhookSecret ?? ''
    return {
      CARDS_PAGE_URL: given.CARDS_PAGE_URL ?? `${url}/cards`,
      STRIPE_API_BASE_URL: url,
      STRIPE_SECRET_KEY: secretKey,
      STRIPE_PUBLISHABLE_KEY: publishableKey,
      STRIPE_WEBHOOK_SECRET: webhookSecret,
      STRIPE_SIMULATOR_SECRET_KEY: secretKey,
      STRIPE_SIMULATOR_PUBLISHABLE_KEY: publishableKey,
      STRIPE_SIMULATOR_WEBHOOK_SECRET: webhookSecret,
      STRIPE_SIMULATOR_WEBHOOK_URL: given.STRIPE_SIMULATOR_WEBHOOK_URL ?? `${gatewayAt(given)}/api/webhook/stripe`,
      STRIPE_SIMULATOR_JOURNAL: given.STRIPE_SIMULATOR_JOURNAL ?? journal,
    }
  },
}

export const simulators: readonly SimulatorSpec[] = [daraja, stripe]

/** The settings of a program's ports, and what they are where they are not set. */
export function portsOf({ portSetting, defaultPort, metricsPort }: ProcessSpec): [setting: string, port: number][] {
  return [
    [portSetting, defaultPort],
    ...(metricsPort ? [[metricsPort.setting, metricsPort.defaultPort] as [string, number]] : []),
  ]
}

/** What only the supervisor reads. */
export const supervisorSettings = ['DUKA_DATA_DIR', 'POSTGRES_PORT']

/** What only the compose files read. A service is told its key as SERVICE_KEY. */
export const containerSettings = [
  'NODE_ENV',
  'GRAFANA_PORT',
  'GRAFANA_PASSWORD',
  ...services.flatMap(({ name, database }) => {
    const prefix = name.toUpperCase()
    return database ? [`${prefix}_DATABASE_PASSWORD`, `${prefix}_SERVICE_KEY`] : []
  }),
]

/** Every name that something reads, to find misspelt ones in .env. */
export const settingNames: ReadonlySet<string> = new Set([
  ...supervisorSettings,
  ...containerSettings,
  ...[...services, ...simulators].flatMap(({ settings, urlSetting }) => [
    ...settings,
    ...(urlSetting ? [urlSetting] : []),
  ]),
])
