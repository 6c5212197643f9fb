import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { ConfigurationError } from '@duka/kit'
import { containerSettings, services, simulators } from '../scripts/supervisor/processes'
import { makeSecrets } from '../scripts/supervisor/secrets'
import { writeSecrets } from '../scripts/write-secrets'
import { loadConfig as loadAuth } from '../services/auth/src/config'
import { loadConfig as loadCart } from '../services/cart/src/config'
import { loadConfig as loadGateway } from '../services/gateway/src/config'
import { loadConfig as loadOrder } from '../services/order/src/config'
import { loadConfig as loadPayment } from '../services/payment/src/config'
import { loadConfig as loadProduct } from '../services/product/src/config'
import { readConfig as readDaraja } from '../simulators/daraja/src/config'
import { readConfig as readStripe } from '../simulators/stripe/src/config'
import { environmentIn, merge, read, readContainers, rootDir, variablesOf } from './compose-support'

type Env = NodeJS.ProcessEnv
/** The port that each program listens on, by what it is told. */
const ports: Record<string, (env: Env) => number> = {
  gateway: (env) => loadGateway(env).port,
  auth: (env) => loadAuth(env).AUTH_PORT,
  product: (env) => loadProduct(env).PRODUCT_PORT,
  cart: (env) => loadCart(env).CART_PORT,
  order: (env) => loadOrder(env).ORDER_PORT,
  payment: (env) => loadPayment(env).PAYMENT_PORT,
  daraja: (env) => readDaraja(env).port,
  stripe: (env) => readStripe(env).port,
}
const simulated = simulators.map(({ name }) => name)
const serviceNames = services.map(({ name }) => name)
const owners = services.filter(({ database }) => database).map(({ name }) => name)

const base = readContainers('docker-compose.yml')
const staging = merge(base, readContainers('docker-compose.staging.yml'))
const container = (name: string, all = base) => {
  const found = all[name]
  if (!found) throw new Error(`There is no container ${name}`)
  return found
}
const told = (name: string, given: Env = {}, all = base) => environmentIn(container(name, all), given)

function problemsOf(load: () => unknown): string[] {
  try {
    load()
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
}

describe('docker-compose.yml', () => {
  test('has a container for each service, database and simulator, Redis and the seed, and no other', () => {
    const databases = owners.map((name) => `${name}-db`)
    const others = [...simulated, 'redis', 'seed']
    const usual = Object.keys(base).filter((name) => !base[name]?.profiles)
    expect(usual.sort()).toEqual([...serviceNames, ...databases, ...others].sort())
  })

  test('what only looks on waits for its profile, and nothing else waits for it', () => {
    const optional = Object.keys(base).filter((name) => base[name]?.profiles)
    expect(optional.sort()).toEqual(['auditor', 'grafana', 'logs', 'loki', 'prometheus', 'tempo'])
    for (const { profiles = [], depends_on = {} } of Object.values(base)) {
      expect(['', 'observability']).toContain(profiles.join())
      if (profiles.length === 0) for (const name of Object.keys(depends_on)) expect(optional).not.toContain(name)
    }
  })

  test('images of others have a version', () => {
    for (const { build, image = '' } of Object.values(staging)) if (!build) expect(image).toMatch(/:v?\d/)
  })

  test('no container is given the socket of the engine, which would make it root', () => {
    for (const { volumes = [] } of Object.values(staging)) expect(volumes.join()).not.toContain('.sock')
  })

  test.each(Object.keys(ports))('%s is built from its folder and listens where its health is asked', (name) => {
    const { build, read_only } = container(name)
    expect(build?.args.PROGRAM).toBe(`${simulated.includes(name) ? 'simulators' : 'services'}/${name}`)
    expect(ports[name]?.(told(name))).toBe(build?.args.PORT)
    expect(read_only).toBe(true)
  })

  test.each(services)('$name is told what it reads, and nothing else', ({ name, settings, portSetting, database }) => {
    const fixed = [portSetting, 'HOST', 'METRICS_PORT', 'METRICS_HOST']
    const keys = database ? ['SERVICE_KEY', 'SERVICE_PUBLIC_KEYS'] : []
    const expected = [...settings.filter((each) => !fixed.includes(each)), ...keys, 'NODE_ENV']
    expect(Object.keys(told(name)).sort()).toEqual([...new Set(expected)].sort())
  })

  test('simulators are told only what they know', () => {
    for (const { name, settings } of simulators) {
      for (const setting of Object.keys(told(name))) expect([...settings, 'HOST']).toContain(setting)
    }
  })

  test.each([...Object.keys(ports), 'seed'])(
    'every address that %s is told leads to a container and its port',
    (name) => {
      const text = Object.values(told(name)).join('\n') + container(name).command?.join('\n')
      for (const [, host = '', port] of text.matchAll(/\b(?:http|redis):\/\/([a-z-]+):(\d+)/g)) {
        if (host === 'localhost') continue
        expect(port).toBe(String(host === 'redis' ? 6379 : container(host).build?.args.PORT))
      }
    },
  )

  test('the auditor listens where it is scraped, opens every database as its owner does, once that has made its tables', () => {
    const { build, command = [] } = container('auditor')
    expect(command[command.indexOf('--metrics-port') + 1]).toBe(String(build?.args.PORT))
    const prometheus = readFileSync(join(rootDir, 'deploy/observability/prometheus.yml'), 'utf8')
    expect(prometheus).toContain(`names: [auditor], type: A, port: ${build?.args.PORT}`)
    const given = { ORDER_DATABASE_PASSWORD: 'other' }
    for (const name of owners) {
      const setting = `${name.toUpperCase()}_DATABASE_URL`
      expect(told('auditor', given)[setting]).toBe(told(name, given)[setting])
      expect(container('auditor').depends_on).toHaveProperty([name, 'condition'], 'service_healthy')
    }
  })

  test.each(owners)('%s reaches its database as the database is set up', (name) => {
    const database = told(`${name}-db`, { [`${name.toUpperCase()}_DATABASE_PASSWORD`]: 'other' })
    const url = new URL(told(name, { [`${name.toUpperCase()}_DATABASE_PASSWORD`]: 'other' })[setting(name)] ?? '')
    expect(url.hostname).toBe(`${name}-db`)
    expect(url.pathname).toBe(`/${database.POSTGRES_DB}`)
    expect([url.username, url.password]).toEqual([database.POSTGRES_USER, database.POSTGRES_PASSWORD])
    expect(container(name).depends_on).toHaveProperty([`${name}-db`, 'condition'], 'service_healthy')
  })

  test('whoever is waited for says whether it is healthy', () => {
    const awaited = Object.values(staging).flatMap(({ depends_on = {} }) => Object.keys(depends_on))
    for (const name of new Set(awaited)) {
      const { build, healthcheck } = container(name, staging)
      expect(build !== undefined || healthcheck?.test !== undefined).toBe(true)
    }
  })

  test('only the gateway and the pages of the simulators are reached from outside, from this machine alone', () => {
    const published = Object.entries(base).flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]))
    expect(Object.fromEntries(published)).toEqual({
      gateway: '$' + '{HOST:-127.0.0.1}:$' + '{GATEWAY_PORT:-5000}:5000',
      daraja: '127.0.0.1:$' + '{DARAJA_SIMULATOR_PORT:-6001}:6001',
      stripe: '127.0.0.1:$' + '{STRIPE_SIMULATOR_PORT:-6002}:6002',
      grafana: '127.0.0.1:$' + '{GRAFANA_PORT:-3000}:3000',
    })
  })

  test('all have limits, a restart policy and logs that end', () => {
    for (const each of Object.values(staging)) {
      expect(each).toMatchObject({ mem_limit: expect.any(String), restart: expect.any(String) })
      expect(each.logging).toMatchObject({ options: { 'max-size': '10m', 'max-file': '3' } })
    }
  })

  test.each(services)('$name refuses the development secrets in production', ({ name }) => {
    const env = told(name, { NODE_ENV: 'production' })
    const secrets = Object.keys(env).filter((each) => /KEY$|_SECRET$|PASSWORD$|CREDENTIAL$|DATABASE_URL$/.test(each))
    const problems = problemsOf(() => ports[name]?.(env))
    expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual(secrets.sort())
    for (const problem of problems) expect(problem).toContain('is a development secret')
  })
})

describe('docker-compose.staging.yml', () => {
  const filled = {
    ...parseEnv(writeSecrets(makeSecrets())),
    PUBLIC_BASE_URL: 'https://shop.example',
    ADMIN_EMAIL: 'admin@shop.example',
  } as Env
  const leftOut = Object.keys(staging).filter((name) => container(name, staging).profiles)

  test('leaves out simulators and seed, and puts two gateways and two of product behind a balancer', () => {
    const development = leftOut.filter((name) => staging[name]?.profiles?.includes('development'))
    expect(development.sort()).toEqual([...simulated, 'gateway', 'seed'].sort())
    expect([staging.gateways?.deploy?.replicas, staging.product?.deploy?.replicas]).toEqual([2, 2])
    const open = Object.keys(staging).filter((name) => staging[name]?.ports && !leftOut.includes(name))
    expect(open).toEqual(['balancer'])
    expect(read('deploy/Caddyfile')).toContain(`dynamic a gateways ${container('gateways', staging).build?.args.PORT}`)
    for (const { depends_on = {}, profiles } of Object.values(staging)) {
      if (!profiles) for (const name of Object.keys(depends_on)) expect(leftOut).not.toContain(name)
    }
  })

  test('its gateways are the gateway in all but what the balancer changes', () => {
    const gateways = told('gateways', filled, staging)
    // Nothing is simulated there.
    const { PHONE_PAGE_URL: _phone, CARDS_PAGE_URL: _cards, ...gateway } = told('gateway', filled)
    expect(gateways).toEqual({ ...gateway, NODE_ENV: 'production', TRUST_PROXY_HOPS: '1' })
    expect(staging.gateways?.build).toEqual(staging.gateway?.build)
  })

  test('every service takes what npm run secrets makes, in production', () => {
    for (const name of owners) expect(ports[name]?.(told(name, filled, staging))).toBeGreaterThan(0)
    expect(loadGateway(told('gateways', filled, staging)).trustedHops).toBe(1)
    const all = Object.keys(staging).filter((name) => !leftOut.includes(name))
    expect(JSON.stringify(all.map((name) => told(name, filled, staging)))).not.toMatch(/development/i)
  })

  test('nobody looks at Grafana without a password of their own', () => {
    const grafana = told('grafana', filled, staging)
    expect(grafana.GF_AUTH_ANONYMOUS_ENABLED).toBe('false')
    expect(grafana.GF_SECURITY_ADMIN_PASSWORD).toBe(filled.GRAFANA_PASSWORD)
  })

  test.each(Object.keys(filled))('without %s nothing starts', (name) => {
    const { [name]: _left, ...rest } = filled
    const start = () => Object.keys(staging).map((each) => told(each, rest, staging))
    expect(start).toThrow(`${name}: `)
  })
})

test('both files read settings of .env.example only, and every setting for containers is read', () => {
  const known = Object.keys(parseEnv(read('.env.example')))
  const used = [...variablesOf('docker-compose.yml'), ...variablesOf('docker-compose.staging.yml')]
  expect(used.filter((name) => !known.includes(name))).toEqual([])
  expect(containerSettings.filter((name) => !used.includes(name))).toEqual([])
})

test('what the files mount and build is there', () => {
  const mounted = Object.values(staging).flatMap(({ volumes = [] }) => volumes.map((each) => each.split(':')[0] ?? ''))
  const programs = Object.values(staging).flatMap(({ build }) => (build ? [build.args.PROGRAM] : []))
  for (const path of [
    ...mounted.filter((each) => each.startsWith('.')),
    ...programs.map((each) => `${each}/package.json`),
  ]) {
    expect([path, existsSync(join(rootDir, path))]).toEqual([path, true])
  }
})

test("the image's version is the repository's, and it asks a path that every program has", () => {
  const { version } = JSON.parse(read('package.json')) as { version: string }
  expect(read('Dockerfile')).toContain(`ARG VERSION=${version}\n`)
  expect(read('Dockerfile')).toMatch(/HEALTH_URL=http:\/\/127\.0\.0\.1:\$\{PORT\}\/health$/m)
})

function setting(name: string): string {
  return `${name.toUpperCase()}_DATABASE_URL`
}
