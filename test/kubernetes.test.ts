import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { commonSettings } from '@duka/kit'
import { parse } from 'yaml'
import { z } from 'zod'
import { kubernetesSecrets, writeKubernetesSecrets } from '../scripts/kubernetes-secrets'
import { services } from '../scripts/supervisor/processes'
import { makeSecrets } from '../scripts/supervisor/secrets'
import { read, readContainers, rootDir } from './compose-support'
import { build, kubernetesFolder, kustomizationOf, type Resource } from './kubernetes-support'
import { readRules, ruleFiles } from './observability-support'

type Container = {
  image: string
  command?: string[]
  ports: { name: string; containerPort: number }[]
  envFrom: { secretRef?: { name: string }; configMapRef?: { name: string } }[]
  startupProbe: Probe
  livenessProbe: Probe
  readinessProbe: Probe
  volumeMounts: { name: string; mountPath: string }[]
}
type Probe = { httpGet: { path: string; port: string } }
type PodSpec = { containers: Container[]; enableServiceLinks: boolean; terminationGracePeriodSeconds: number }
type Template = { spec: { template: { metadata: { labels: Record<string, string> }; spec: PodSpec } } }

const folders = ['base', 'production', 'small', ...componentFolders()]
const base = build('base')
const overlays = { production: build('production'), small: build('small') }
const added = ['database-ca', 'traces', 'errors'].flatMap((name) => build(`components/${name}`, base))
const all = [...base, ...overlays.production, ...overlays.small, ...added]
const owners = services.filter(({ database }) => database)

function componentFolders(): string[] {
  return readdirSync(join(rootDir, kubernetesFolder, 'components')).map((name) => `components/${name}`)
}

function find<T>(kind: string, name: string, resources = base): T {
  const found = resources.find((each) => each.kind === kind && each.metadata.name === name)
  if (!found) throw new Error(`There is no ${kind} ${name}`)
  return found as T
}

const podOf = (name: string, resources = base) => find<Template>('Deployment', name, resources).spec.template.spec
const settingsOf = (resources: Resource[]) =>
  find<{ data: Record<string, string> }>('ConfigMap', 'shop', resources).data

test.each(folders)('the kustomization of %s names every file, and no other', (folder) => {
  const { resources = [], patches = [] } = kustomizationOf(folder)
  const named = [...resources, ...patches.map(({ path }) => path), 'kustomization.yaml']
  const there = readdirSync(join(rootDir, kubernetesFolder, folder)).filter((name) => name.endsWith('.yaml'))
  expect(there.sort()).toEqual(named.filter((name) => name.endsWith('.yaml')).sort())
})

test.each(all.map((each) => [each.kind, each.metadata.name, each] as const))(
  '%s %s is what Kubernetes takes',
  (...args) => {
    const [kind, , resource] = args
    expect(() => validate(kind, resource)).not.toThrow()
  },
)

type ModelOf = new (resource: Resource) => { validate(): void }

/** Kubernetes' own schemas, and those of the operators. */
function validate(kind: string, resource: Resource): void {
  // The schema of version v1 is that of v1beta1; the package has only that one.
  const apiVersion = resource.apiVersion.replace('external-secrets.io/v1', 'external-secrets.io/v1beta1')
  const operator = ['monitoring.coreos.com', 'external-secrets.io'].find((group) => apiVersion.startsWith(group))
  const packages = { 'monitoring.coreos.com': 'prometheus-operator', 'external-secrets.io': 'external-secrets' }
  const source = operator ? `@kubernetes-models/${packages[operator as keyof typeof packages]}` : 'kubernetes-models'
  const Model = (require(`${source}/${apiVersion}/${kind}`) as Record<string, ModelOf>)[kind] as ModelOf
  new Model({ ...resource, apiVersion }).validate()
}

test('a resource that is none is found out', () => {
  const broken = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' }, spec: { replicas: 'two' } }
  expect(() => validate('Deployment', broken)).toThrow()
  const noSelector = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: 'x' },
    spec: {},
  }
  expect(() => validate('ServiceMonitor', noSelector)).toThrow()
})

test.each(services)('$name listens, is found and is asked for its health where it says', ({ name, defaultPort }) => {
  const { containers, enableServiceLinks, terminationGracePeriodSeconds } = podOf(name)
  const [program] = containers
  expect(program?.image).toBe(`duka-${name}`)
  const ports = [defaultPort, ...(name === 'gateway' ? [5001] : [])]
  expect(program?.ports.map(({ containerPort }) => containerPort)).toEqual(ports)
  expect(find<{ spec: { ports: { port: number }[] } }>('Service', name).spec.ports.map(({ port }) => port)).toEqual(
    ports,
  )
  const probes = [program?.startupProbe, program?.livenessProbe, program?.readinessProbe]
  const ready = name === 'gateway' ? '/health' : '/ready'
  expect(probes.map((probe) => probe?.httpGet)).toEqual(
    ['/health', '/health', ready].map((path) => ({ path, port: 'http' })),
  )
  // With links, a Service called auth puts an AUTH_PORT into every pod.
  expect(enableServiceLinks).toBe(false)
  expect(terminationGracePeriodSeconds).toBeGreaterThan(31 + 5)
})

test.each(services)('$name has its own secret, account, limits of scale and of disruption', ({ name }) => {
  const sources = podOf(name).containers[0]?.envFrom
  expect(sources).toEqual([{ configMapRef: { name: 'shop' } }, { secretRef: { name } }])
  for (const kind of ['ServiceAccount', 'HorizontalPodAutoscaler', 'PodDisruptionBudget']) find(kind, name)
  find('ExternalSecret', name, overlays.production)
  find('Secret', name, overlays.small)
})

test('where many buy, there are as many of each as the shop is meant to start with', () => {
  const least = services.map(({ name }) => [
    name,
    find<{ spec: { minReplicas: number } }>('HorizontalPodAutoscaler', name, overlays.production).spec.minReplicas,
  ])
  expect(Object.fromEntries(least)).toEqual({ gateway: 3, auth: 2, product: 5, cart: 2, order: 3, payment: 2 })
})

test('only who asks a service is let in, and only the gateway takes what comes from elsewhere', () => {
  type Policy = {
    spec: {
      ingress: { from: { podSelector?: { matchLabels: Record<string, string> } }[]; ports: { port: string }[] }[]
    }
  }
  for (const { name, urlSetting } of services) {
    const { ingress } = find<Policy>('NetworkPolicy', name).spec
    const from = ingress.flatMap((rule) => rule.from)
    const callers = from.map(({ podSelector }) => podSelector?.matchLabels['app.kubernetes.io/name'] ?? 'anybody')
    const askers = services.filter((each) => urlSetting && each.settings.includes(urlSetting)).map((each) => each.name)
    expect(callers.sort()).toEqual(name === 'gateway' ? ['anybody'] : askers.sort())
    expect(ingress.flatMap((rule) => rule.ports)).toEqual([{ port: 'http' }])
  }
})

test('settings are settings of the shop, lead to its services, and hold no secret', () => {
  const known = Object.keys(parseEnv(read('.env.example')))
  for (const settings of [base, ...Object.values(overlays)].map(settingsOf)) {
    expect(Object.keys(settings).filter((name) => !known.includes(name))).toEqual([])
    for (const { name, urlSetting, defaultPort } of services) {
      if (urlSetting) expect(settings[urlSetting]).toBe(`http://${name}:${defaultPort}`)
    }
    expect(Object.keys(settings).filter((name) => /KEY|SECRET|PASSWORD|DATABASE/.test(name))).toEqual([])
  }
})

test("an overlay's images are the programs', in the repository's version", () => {
  const { version } = JSON.parse(read('package.json')) as { version: string }
  for (const [name, resources] of Object.entries(overlays)) {
    const images = kustomizationOf(name).images ?? []
    expect(new Set(images.map(({ newTag }) => newTag))).toEqual(new Set([version]))
    const used = resources.flatMap((each) =>
      ['Deployment', 'Job'].includes(each.kind) ? (each as unknown as Template).spec.template.spec.containers : [],
    )
    expect(new Set(used.map(({ image }) => image))).toEqual(new Set(images.map((image) => image.name)))
  }
})

describe('migrations', () => {
  test.each(owners)('$name has one, by a program of its own image and with its own secret', ({ name }) => {
    const { metadata, spec } = find<Template>('Job', `${name}-migration`).spec.template
    const [program] = spec.containers
    expect(program).toMatchObject({ image: `duka-${name}`, command: ['node', 'dist/migrate.js'] })
    expect(program?.envFrom).toContainEqual({ secretRef: { name } })
    expect(existsSync(join(rootDir, `services/${name}/src/migrate.ts`))).toBe(true)
    // Else requests would be sent to it, and other services' policies would not let it reach its database.
    expect(metadata.labels['app.kubernetes.io/name']).not.toBe(name)
    expect(metadata.labels['app.kubernetes.io/part-of']).toBe('duka')
  })

  test('the roll-out finds them, and the programs that wait for them, by their labels', () => {
    const script = read(`${kubernetesFolder}/roll-out.sh`)
    const components = { Job: 'migration', Deployment: 'program' }
    for (const [kind, component] of Object.entries(components)) {
      expect(script).toContain(`app.kubernetes.io/component=${component}`)
      for (const { metadata } of overlays.production.filter((each) => each.kind === kind)) {
        expect(metadata.labels?.['app.kubernetes.io/component']).toBe(component)
      }
    }
  })
})

describe('observability', () => {
  test('the rules are those of Prometheus, written anew after each change', () => {
    const rule = find<{ spec: unknown }>('PrometheusRule', 'shop', overlays.production)
    const groups = [...ruleFiles].sort().flatMap((file) => readRules(file).groups)
    expect(rule.spec).toEqual({ groups })
  })

  test('every service is asked at a port that it has, which Prometheus may reach', () => {
    type Monitor = { spec: { selector: Selector; endpoints: { port: string; path: string }[] } }
    type Selector = { matchLabels: Record<string, string>; matchExpressions?: { values: string[] }[] }
    const name = 'app.kubernetes.io/name'
    const ofServices = find<Monitor>('ServiceMonitor', 'services', overlays.production).spec
    const ofGateway = find<Monitor>('ServiceMonitor', 'gateway', overlays.production).spec
    expect(ofServices.selector.matchExpressions?.[0]?.values).toEqual(['gateway'])
    expect(ofGateway.selector.matchLabels).toEqual({ [name]: 'gateway' })
    for (const each of services) {
      const { labels } = find<Resource>('Service', each.name, overlays.production).metadata
      expect(labels).toEqual({ 'app.kubernetes.io/part-of': 'duka', [name]: each.name })
      const [endpoint] = (each.name === 'gateway' ? ofGateway : ofServices).endpoints
      const ports = podOf(each.name).containers[0]?.ports.map((port) => port.name)
      expect(ports).toContain(endpoint?.port)
    }
    const { ingress } = find<{ spec: { ingress: { ports: { port: string }[] }[] } }>(
      'NetworkPolicy',
      'metrics',
      overlays.production,
    ).spec
    expect(ingress[0]?.ports.map(({ port }) => port)).toEqual(['http', 'metrics'])
  })
})

test('the auditor is given each database, and runs as in docker-compose.yml', () => {
  type Env = { name: string; valueFrom?: { secretKeyRef: { name: string; key: string } } }
  const [program] = podOf('auditor', overlays.production).containers as (Container & { env: Env[] })[]
  const compose = readContainers('docker-compose.yml').auditor
  expect(program?.image).toBe(compose?.image)
  expect(program?.command).toEqual(compose?.command)
  expect(program?.ports).toEqual([{ name: 'metrics', containerPort: compose?.build?.args.PORT }])
  const secrets = program?.env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? [])
  expect(secrets).toEqual(owners.map(({ name, database }) => ({ name, key: database?.setting })))
})

test("with the database's own authority, each service and migration has its certificate where the URL says", () => {
  const resources = build('components/database-ca', base)
  const isOwner = ({ kind, metadata }: Resource) => kind === 'Job' || owners.some(({ name }) => name === metadata.name)
  const programs = resources.filter((each) => ['Deployment', 'Job'].includes(each.kind) && isOwner(each))
  expect(programs).toHaveLength(owners.length * 2)
  for (const program of programs) {
    const mounts = (program as unknown as Template).spec.template.spec.containers[0]?.volumeMounts
    expect(mounts).toContainEqual({ name: 'database-ca', mountPath: '/etc/duka/database', readOnly: true })
  }
  const page = read(`${kubernetesFolder}/components/database-ca/kustomization.yaml`)
  expect(page).toContain('sslmode=verify-full&sslrootcert=/etc/duka/database/ca.crt')
})

describe('who is told of requests and errors', () => {
  type Policy = {
    spec: {
      podSelector: { matchLabels: Record<string, string>; matchExpressions: { operator: string; values: string[] }[] }
      policyTypes: string[]
      egress: { ports: { port: number }[] }[]
    }
  }
  const told = {
    traces: { resources: build('components/traces', base), setting: 'OTEL_EXPORTER_OTLP_ENDPOINT', port: 4318 },
    errors: { resources: build('components/errors', base), setting: 'SENTRY_ENVIRONMENT', port: 443 },
  }

  test.each(Object.entries(told))('%s have their settings and their way out', (name, { resources, setting, port }) => {
    expect(settingsOf(base)[setting]).toBeUndefined()
    expect(settingsOf(resources)[setting]).toBeTruthy()
    const { podSelector, policyTypes, egress } = find<Policy>('NetworkPolicy', name, resources).spec
    expect(policyTypes).toEqual(['Egress'])
    expect(egress.flatMap(({ ports }) => ports)).toEqual([{ port }])
    // Services and migrations begin to observe at their start, see packages/kit/src/lifecycle.ts; the auditor never does.
    expect(podSelector.matchLabels).toEqual({ 'app.kubernetes.io/part-of': 'duka' })
    expect(podSelector.matchExpressions).toMatchObject([{ operator: 'NotIn', values: ['auditor'] }])
  })

  test('the settings that the components give are such as every service takes', () => {
    const given = Object.values(told).flatMap(({ resources }) => Object.entries(settingsOf(resources)))
    const observed = given.filter(([name]) => /^(OTEL|SENTRY)_/.test(name))
    expect(observed.map(([name]) => name)).toHaveLength(4)
    expect(z.object(commonSettings).safeParse(Object.fromEntries(observed)).error).toBeUndefined()
    for (const [name] of observed) for (const { settings } of services) expect(settings).toContain(name)
    expect(new URL(settingsOf(told.traces.resources).OTEL_EXPORTER_OTLP_ENDPOINT ?? '').port).toBe('4318')
  })
})

test('secrets of files are kept out of the repository', () => {
  const { secretGenerator = [] } = kustomizationOf('components/plain-secrets')
  expect(secretGenerator.flatMap(({ envs }) => envs)).toEqual(services.map(({ name }) => `${name}.env`))
  expect(read('.gitignore').split('\n')).toContain(`${kubernetesFolder}/components/plain-secrets/*.env`)
})

test("each service's file of secrets has what it takes beside settings.yaml, and all of them together its keys", () => {
  const files = kubernetesSecrets(makeSecrets())
  expect(files.map(({ file }) => file)).toEqual(services.map(({ name }) => `${name}.env`))
  for (const [index, { name, settings, database }] of services.entries()) {
    const given = parseEnv(files[index]?.text ?? '')
    const needed = settings.filter(
      (each) => /URL$|DSN$|HEADERS$|KEY|SECRET|PASS|CREDENTIAL/.test(each) && !(each in settingsOf(base)),
    )
    expect(Object.keys(given)).toEqual(expect.arrayContaining(needed.filter((each) => !optional.has(each))))
    expect(Object.keys(given).filter((each) => each in settingsOf(base))).toEqual([])
    if (database) expect(JSON.parse(given.SERVICE_PUBLIC_KEYS ?? '')).toHaveProperty(name)
  }
})
/** Addresses that are no secret, and are seldom set: settings.yaml is where they go. */
const optional = new Set([
  'MPESA_BASE_URL',
  'MPESA_CALLBACK_URL',
  'STRIPE_API_BASE_URL',
  'PASSWORD_RESET_URL',
  'PHONE_PAGE_URL',
  'CARDS_PAGE_URL',
])

test('secrets are never written over', () => {
  const folder = mkdtempSync(join(tmpdir(), 'duka-secrets-'))
  try {
    writeKubernetesSecrets(folder, makeSecrets())
    const before = readFileSync(join(folder, 'order.env'), 'utf8')
    expect(() => writeKubernetesSecrets(folder, makeSecrets())).toThrow('is there already')
    expect(readFileSync(join(folder, 'order.env'), 'utf8')).toBe(before)
    expect(statSync(join(folder, 'order.env')).mode & 0o777).toBe(0o600)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the address of the shop is one in settings and Ingress', () => {
  const { spec } = find<{ spec: { rules: { host: string }[]; tls: { hosts: string[] }[] } }>(
    'Ingress',
    'shop',
    overlays.production,
  )
  const { hostname } = new URL(settingsOf(overlays.production).PUBLIC_BASE_URL ?? '')
  expect([spec.rules[0]?.host, spec.tls[0]?.hosts[0]]).toEqual([hostname, hostname])
  expect(parse(read(`${kubernetesFolder}/production/ingress.yaml`)).spec.rules[0].host).toBe(hostname)
})
