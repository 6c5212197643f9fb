import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { parse, parseAllDocuments } from 'yaml'
import { services } from '../scripts/supervisor/processes'
import { read, rootDir } from './compose-support'

type Tree = { [key: string]: unknown }
interface Resource extends Tree {
  apiVersion: string
  kind: string
  metadata: { name: string }
}
interface Kustomization {
  resources: string[]
  patches: { path: string; target?: { kind: string } }[]
  images?: { name: string; newTag: string }[]
}
type Container = {
  image: string
  ports: { containerPort: number }[]
  envFrom: { secretRef?: { name: string }; configMapRef?: { name: string } }[]
  startupProbe: Probe
  livenessProbe: Probe
  readinessProbe: Probe
}
type Probe = { httpGet: { path: string; port: string } }
type PodSpec = { containers: Container[]; enableServiceLinks: boolean; terminationGracePeriodSeconds: number }

const folder = 'deploy/kubernetes'
const readAll = (file: string) =>
  parseAllDocuments(read(`${folder}/${file}`)).map((document) => document.toJS() as Resource)
const kustomizationOf = (name: string) => parse(read(`${folder}/${name}/kustomization.yaml`)) as Kustomization

const base = kustomizationOf('base')
const production = kustomizationOf('production')
const plain = base.resources.flatMap((file) => readAll(`base/${file}`))
const patches = base.patches.flatMap(({ path, target }) =>
  readAll(`base/${path}`).map((patch) => ({ patch, kind: target?.kind })),
)
const resources = plain.map((resource) =>
  patches
    .filter(({ patch, kind }) => (kind ? resource.kind === kind : isSame(resource, patch)))
    .reduce((patched, { patch }) => ({ ...(lay(patched, patch) as Resource), metadata: resource.metadata }), resource),
)

function isSame(one: Resource, other: Resource): boolean {
  return one.kind === other.kind && one.metadata.name === other.metadata.name
}

/** A patch over a resource, where lists of things with names are joined by name: what these files need of kustomize. */
function lay(under: unknown, over: unknown): unknown {
  if (Array.isArray(under) && Array.isArray(over) && isNamed(under) && isNamed(over)) {
    const rest = over.filter((each) => !under.some(({ name }) => name === each.name))
    return [
      ...under.map((each) =>
        lay(
          each,
          over.find(({ name }) => name === each.name),
        ),
      ),
      ...rest,
    ]
  }
  if (isTree(under) && isTree(over)) {
    const names = new Set([...Object.keys(under), ...Object.keys(over)])
    return Object.fromEntries([...names].map((name) => [name, lay(under[name], over[name])]))
  }
  return over === undefined ? under : over
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isNamed(list: unknown[]): list is { name: string }[] {
  return list.every((each) => isTree(each) && typeof each.name === 'string')
}

function find<T>(kind: string, name: string): T {
  const found = resources.find((each) => each.kind === kind && each.metadata.name === name)
  if (!found) throw new Error(`There is no ${kind} ${name}`)
  return found as T
}

const podOf = (name: string) => find<{ spec: { template: { spec: PodSpec } } }>('Deployment', name).spec.template.spec
const settings = find<{ data: Record<string, string> }>('ConfigMap', 'shop').data

test('the kustomizations name every file, and no other', () => {
  for (const name of ['base', 'production']) {
    const { resources, patches } = kustomizationOf(name)
    const named = [...resources, ...patches.map(({ path }) => path), 'kustomization.yaml'].filter(
      (each) => each !== '../base',
    )
    expect(readdirSync(join(rootDir, folder, name)).sort()).toEqual(named.sort())
  }
})

test.each(resources.map((each) => [each.kind, each.metadata.name, each] as const))(
  '%s %s is what Kubernetes takes',
  (kind, _name, resource) => {
    const models = require(`kubernetes-models/${resource.apiVersion}/${kind}`) as Record<string, ModelOf>
    const Model = models[kind] as ModelOf
    expect(() => new Model(resource).validate()).not.toThrow()
  },
)
type ModelOf = new (resource: Resource) => { validate(): void }

test('a resource that is none is found out', () => {
  const { Deployment } = require('kubernetes-models/apps/v1/Deployment') as { Deployment: ModelOf }
  const broken = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' }, spec: { replicas: 'two' } }
  expect(() => new Deployment(broken).validate()).toThrow()
})

test.each(services)('$name listens, is found and is asked for its health where it says', ({ name, defaultPort }) => {
  const { containers, enableServiceLinks, terminationGracePeriodSeconds } = podOf(name)
  const [program] = containers
  expect(program?.image).toBe(`duka-${name}`)
  expect(program?.ports.map(({ containerPort }) => containerPort)).toEqual([defaultPort])
  expect(find<{ spec: { ports: { port: number }[] } }>('Service', name).spec.ports[0]?.port).toBe(defaultPort)
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
  expect(readAll('production/secrets.yaml').map((each) => each.metadata.name)).toContain(name)
  expect(production.images?.map((image) => image.name)).toContain(`duka-${name}`)
})

test('only who asks a service is let in, and only the gateway takes what comes from elsewhere', () => {
  type Policy = { spec: { ingress: { from: { podSelector?: { matchLabels: Record<string, string> } }[] }[] } }
  for (const { name, urlSetting } of services) {
    const from = find<Policy>('NetworkPolicy', name).spec.ingress.flatMap((rule) => rule.from)
    const callers = from.map(({ podSelector }) => podSelector?.matchLabels['app.kubernetes.io/name'] ?? 'anybody')
    const askers = services.filter((each) => urlSetting && each.settings.includes(urlSetting)).map((each) => each.name)
    expect(callers.sort()).toEqual(name === 'gateway' ? ['anybody'] : askers.sort())
  }
})

test('settings are settings of the shop, lead to its services, and hold no secret', () => {
  const known = Object.keys(parseEnv(read('.env.example')))
  expect(Object.keys(settings).filter((name) => !known.includes(name))).toEqual([])
  for (const { name, urlSetting, defaultPort } of services) {
    if (urlSetting) expect(settings[urlSetting]).toBe(`http://${name}:${defaultPort}`)
  }
  expect(Object.keys(settings).filter((name) => /KEY|SECRET|PASSWORD|DATABASE/.test(name))).toEqual([])
})

test("production's images have the repository's version", () => {
  const { version } = JSON.parse(read('package.json')) as { version: string }
  expect(new Set(production.images?.map(({ newTag }) => newTag))).toEqual(new Set([version]))
})
