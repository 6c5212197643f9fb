import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { completeSettings, environmentOf } from '../scripts/supervisor/complete-settings'
import { findUnknownNames } from '../scripts/supervisor/find-unknown-names'
import { services, settingNames, simulators } from '../scripts/supervisor/processes'
import {
  checkSettings,
  chooseProcesses,
  foreignProviders,
  readGivenSettings,
} from '../scripts/supervisor/read-settings'
import { keepSecrets } from '../scripts/supervisor/secrets'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'duka-settings-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const names = (given: Record<string, string>) => chooseProcesses(given).map(({ name }) => name)

function environments(given: Record<string, string>): Record<string, NodeJS.ProcessEnv> {
  const secrets = keepSecrets(dir)
  const databaseUrls = Object.fromEntries(
    services.flatMap(({ database }) => (database ? [[database.setting, `postgres://x@h/${database.name}`]] : [])),
  )
  const settings = completeSettings(given, { secrets, databaseUrls, dataDir: dir })
  return Object.fromEntries(chooseProcesses(given).map((spec) => [spec.name, environmentOf(spec, settings, secrets)]))
}

describe('given settings', () => {
  test('the environment goes before .env, and an empty value counts as none', () => {
    writeFileSync(join(dir, '.env'), 'AUTH_PORT=4001\nCART_PORT=4005\nREDIS_URL=\n')
    const given = readGivenSettings(dir, { AUTH_PORT: '5001', SOMETHING_ELSE: 'x' })
    expect(given).toEqual({ AUTH_PORT: '5001', CART_PORT: '4005' })
  })

  test("a machine's name in HOST is no address to listen on", () => {
    expect(readGivenSettings(dir, { HOST: 'my-laptop.local' })).toEqual({})
    expect(readGivenSettings(dir, { HOST: '0.0.0.0' })).toEqual({ HOST: '0.0.0.0' })
  })

  test('a misspelt name is found, in the environment where it is nearly ours, with the one that is meant', () => {
    writeFileSync(join(dir, '.env'), 'GATEWAY_PORT=5000\nGATEWAY_PROT=5001\nMY_OWN=x\n')
    expect(findUnknownNames(dir, { MPESA_CONSUMR_KEY: 'x', PATH: '/bin', GIT_EDITOR: 'vi' })).toEqual([
      'GATEWAY_PROT (GATEWAY_PORT?)',
      'MY_OWN',
      'MPESA_CONSUMR_KEY (MPESA_CONSUMER_KEY?)',
    ])
  })

  const text = 'ADMIN_EMAIL=me@shop.example\r\nCART_PORT=4005\r\n'
  const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le')
  test.each([
    ['with a byte order mark', Buffer.from(`\ufeff${text}`)],
    ['with a mark and a comment first', Buffer.from(`\ufeff# Mine\n${text}`)],
    ['in UTF-16', utf16],
    ['in UTF-16 of the other order', Buffer.from(utf16).swap16()],
  ])('.env %s is read whole', (_name, bytes) => {
    writeFileSync(join(dir, '.env'), bytes)
    expect(readGivenSettings(dir, {})).toEqual({ ADMIN_EMAIL: 'me@shop.example', CART_PORT: '4005' })
  })

  test('.env in another encoding is refused with what to do', () => {
    for (const bytes of [Buffer.from(text, 'utf16le'), Buffer.from('MAIL_FROM=Caf\u00e9', 'latin1')]) {
      writeFileSync(join(dir, '.env'), bytes)
      expect(() => readGivenSettings(dir, {})).toThrow(/\.env is not text in UTF-8: save it as UTF-8/)
    }
  })

  test('a # within a value is kept, one behind a space begins a comment', () => {
    const lines = [
      'ADMIN_PASSWORD=abc#def',
      "MPESA_PASSKEY=it's#so # mine",
      'MAIL_FROM=Duka #1',
      'CORS_ORIGINS="http://a#b" # quoted',
      'JWT_PRIVATE_KEY="first',
      'CART_PORT=1#2',
      'last"',
      'GATEWAY_PORT=#5000',
    ]
    writeFileSync(join(dir, '.env'), lines.join('\n'))
    expect(readGivenSettings(dir, {})).toEqual({
      ADMIN_PASSWORD: 'abc#def',
      MPESA_PASSKEY: "it's#so",
      MAIL_FROM: 'Duka',
      CORS_ORIGINS: 'http://a#b',
      JWT_PRIVATE_KEY: 'first\nCART_PORT=1#2\nlast',
    })
  })
})

describe('checkSettings', () => {
  test.each(['abc', '0', '65536', '-1', '5000.5', '5e3'])('refuses %s as a port', (value) => {
    expect(() => checkSettings({ GATEWAY_PORT: value })).toThrow(
      `GATEWAY_PORT must be a port number from 1 to 65535, but is "${value}".`,
    )
  })

  test('refuses one port for two processes', () => {
    expect(() => checkSettings({ AUTH_PORT: '3002' })).toThrow(
      'PRODUCT_PORT and AUTH_PORT are both 3002: give each its own port.',
    )
  })

  test('names every problem at once, without showing a database password', () => {
    const check = () => checkSettings({ GATEWAY_PORT: 'abc', CART_DATABASE_URL: 'mysql://root:hunter2@db/cart' })
    expect(check).toThrow(/GATEWAY_PORT.*CART_DATABASE_URL must look like/)
    expect(check).not.toThrow(/hunter2/)
  })

  test.each(['postgres://me:50%@db/cart', 'postgres://me:1#2@db/cart', 'postgres://me:1/2@db/cart', 'postgres:x'])(
    'refuses %s, in which something is not what it seems, and says what to write',
    (url) => {
      const check = () => checkSettings({ CART_DATABASE_URL: url })
      expect(check).toThrow(/^CART_DATABASE_URL must look like .*written as %25 %23 %2F %3F %40\.$/)
    },
  )

  test('refuses a misspelt M-Pesa environment rather than simulate money', () => {
    expect(() => checkSettings({ MPESA_ENVIRONMENT: 'prod' })).toThrow(
      'MPESA_ENVIRONMENT must be sandbox or production, but is "prod".',
    )
    expect(() => checkSettings({ MPESA_CONSUMER_SECRET: 'x' })).toThrow('is set without MPESA_CONSUMER_KEY')
  })

  test('accepts what it is given by default', () => {
    expect(() => checkSettings({})).not.toThrow()
  })
})

describe('simulators', () => {
  test('Daraja is simulated unless the user has a Daraja', () => {
    expect(names({})).toContain('daraja')
    expect(names({ MPESA_SHORTCODE: '600000' })).toContain('daraja')
    expect(names({ MPESA_BASE_URL: 'http://127.0.0.1:9000' })).not.toContain('daraja')
    expect(names({ MPESA_CONSUMER_KEY: 'mine' })).not.toContain('daraja')
    expect(names({ MPESA_ENVIRONMENT: 'production' })).not.toContain('daraja')
  })

  test('Stripe is simulated unless the user has a key or an address of theirs', () => {
    expect(names({})).toContain('stripe')
    for (const name of ['STRIPE_SECRET_KEY', 'STRIPE_API_BASE_URL', 'STRIPE_WEBHOOK_SECRET']) {
      expect(names({ [name]: 'mine' })).not.toContain('stripe')
    }
  })

  test('payment and the Stripe simulator agree on address and keys, which are test keys', () => {
    const { payment, stripe } = environments({ STRIPE_SIMULATOR_PORT: '7002', GATEWAY_PORT: '7000' })
    expect(payment?.STRIPE_API_BASE_URL).toBe('http://127.0.0.1:7002')
    expect(stripe?.STRIPE_SIMULATOR_WEBHOOK_URL).toBe('http://127.0.0.1:7000/api/webhook/stripe')
    for (const [name, shape] of [
      ['SECRET_KEY', /^sk_test_\w{30}/],
      ['PUBLISHABLE_KEY', /^pk_test_\w{30}/],
      ['WEBHOOK_SECRET', /^whsec_\w{30}/],
    ] as const) {
      expect(payment?.[`STRIPE_${name}`]).toMatch(shape)
      expect(stripe?.[`STRIPE_SIMULATOR_${name}`]).toBe(payment?.[`STRIPE_${name}`])
    }
  })

  test('payment and the simulator agree on address and keys', () => {
    const { payment, daraja } = environments({ DARAJA_SIMULATOR_PORT: '7001', MPESA_SHORTCODE: '600000' })
    expect(payment).toMatchObject({ MPESA_BASE_URL: 'http://127.0.0.1:7001', MPESA_SHORTCODE: '600000' })
    expect(daraja?.DARAJA_SIMULATOR_SHORTCODE).toBe('600000')
    expect(daraja?.DARAJA_SIMULATOR_CONSUMER_KEY).toBe(payment?.MPESA_CONSUMER_KEY)
    expect(daraja?.DARAJA_SIMULATOR_CONSUMER_SECRET).toBe(payment?.MPESA_CONSUMER_SECRET)
    expect(daraja?.DARAJA_SIMULATOR_PASSKEY).toBe(payment?.MPESA_PASSKEY)
  })

  test('a provider of the user is foreign, one on this machine is not', () => {
    expect(foreignProviders({})).toEqual([])
    expect(foreignProviders({ MPESA_BASE_URL: 'http://localhost:9000', MPESA_CONSUMER_KEY: 'x' })).toEqual([])
    expect(foreignProviders({ MPESA_CONSUMER_KEY: 'x' })).toEqual(['MPESA_CONSUMER_KEY'])
    expect(foreignProviders({ STRIPE_SECRET_KEY: 'sk_live_x' })).toEqual(['STRIPE_SECRET_KEY'])
  })
})

describe('what each process is told', () => {
  test('nobody knows more than it needs', () => {
    const told = environments({ STRIPE_SECRET_KEY: 'sk_test_x' })
    for (const [name, env] of Object.entries(told)) {
      const databases = Object.keys(env).filter((each) => each.endsWith('_DATABASE_URL'))
      const own = services.find((each) => each.name === name)?.database?.setting
      expect(databases).toEqual(own ? [own] : [])
      expect('JWT_PRIVATE_KEY' in env).toBe(name === 'auth')
      expect('ADMIN_PASSWORD' in env).toBe(name === 'auth')
      expect('STRIPE_SECRET_KEY' in env).toBe(name === 'payment')
      expect('SERVICE_KEY' in env).toBe(services.some((each) => each.name === name))
    }
    expect(new Set(Object.values(told).map(({ SERVICE_KEY }) => SERVICE_KEY)).size).toBe(7)
  })

  test.each(services)('$name is told all that its configuration reads', ({ name, settings }) => {
    const source = readFileSync(join(__dirname, `../services/${name}/src/config.ts`), 'utf8')
    const reads = [...source.matchAll(/^ +([A-Z][A-Z0-9_]+):/gm)].map(([, setting]) => setting)
    expect(reads.length).toBeGreaterThan(1)
    expect(settings).toEqual(expect.arrayContaining(reads))
  })

  test('only the gateway leaves the loopback address when told to', () => {
    const told = environments({ HOST: '0.0.0.0' })
    expect(told.gateway?.HOST).toBe('0.0.0.0')
    expect(told.gateway?.METRICS_HOST).toBe('127.0.0.1')
    expect(told.auth?.HOST).toBe('127.0.0.1')
  })

  test('in a database of the user nobody is made admin unasked', () => {
    expect(environments({}).auth?.ADMIN_EMAIL).toBe('admin@duka.test')
    expect(environments({ AUTH_DATABASE_URL: 'postgres://x@h/auth' }).auth).not.toHaveProperty('ADMIN_EMAIL')
  })

  test('what was made up once stays', () => {
    expect(keepSecrets(dir)).toEqual(keepSecrets(dir))
  })
})

describe('.env.example', () => {
  const lines = readFileSync(join(__dirname, '../.env.example'), 'utf8').split('\n')
  const settings = lines.flatMap((line, index) => {
    const name = /^([A-Z][A-Z0-9_]*)=/.exec(line)?.[1]
    return name ? [{ name, comment: lines[index - 1] ?? '' }] : []
  })
  // Kept per data folder by npm start, which lets nobody set them.
  const ownKeys = ['SERVICE_KEY', 'SERVICE_PUBLIC_KEYS']

  test('has every setting once, each with its own comment', () => {
    expect(settings.map(({ name }) => name).sort()).toEqual([...settingNames, ...ownKeys].sort())
    for (const { comment } of settings) expect(comment).toMatch(/^# \S/)
  })

  test('copied as it is, starts the same shop', () => {
    const text = lines.join('\n')
    writeFileSync(join(dir, '.env'), text)
    const given = readGivenSettings(dir, {})
    expect(() => checkSettings(given)).not.toThrow()
    expect(names(given)).toEqual(names({}))
    expect([...services, ...simulators].map(({ portSetting }) => given[portSetting])).toEqual(
      [...services, ...simulators].map(({ defaultPort }) => String(defaultPort)),
    )
  })
})
