import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { read } from './compose-support'

type Tree = { [key: string]: unknown }
export interface Resource extends Tree {
  apiVersion: string
  kind: string
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> }
}
type Patch = { path: string; target?: { kind: string; name?: string } }
export interface Kustomization {
  kind: string
  resources?: string[]
  components?: string[]
  patches?: Patch[]
  labels?: { pairs: Record<string, string> }[]
  images?: { name: string; newTag: string }[]
  secretGenerator?: { name: string; envs: string[] }[]
  configMapGenerator?: { name: string; files: string[] }[]
}

export const kubernetesFolder = 'deploy/kubernetes'
const isFile = (path: string) => path.endsWith('.yaml')
const readAll = (file: string) =>
  parseAllDocuments(read(join(kubernetesFolder, file))).map((document) => document.toJS() as Resource)
export const kustomizationOf = (folder: string) =>
  parse(read(join(kubernetesFolder, folder, 'kustomization.yaml'))) as Kustomization

/** What kustomize makes of a folder, as far as these files ask it to; a component builds on what is there before it. */
export function build(folder: string, before: Resource[] = []): Resource[] {
  const { resources = [], components = [], patches = [], labels = [], ...made } = kustomizationOf(folder)
  const named = resources.flatMap((path) => (isFile(path) ? readAll(join(folder, path)) : build(join(folder, path))))
  const start = [...before, ...named, ...generated(made)]
  const composed = components.reduce((all, path) => build(join(folder, path), all), start)
  const pairs = labels.map((each) => each.pairs)
  return patches
    .reduce((all, patch) => apply(all, patch, folder), composed)
    .map((resource) => pairs.reduce(addLabels, resource))
}

function generated({ secretGenerator = [], configMapGenerator = [] }: Partial<Kustomization>): Resource[] {
  const named = (kind: string, { name }: { name: string }) => ({ apiVersion: 'v1', kind, metadata: { name } })
  return [
    ...secretGenerator.map((each) => named('Secret', each)),
    ...configMapGenerator.map((each) => named('ConfigMap', each)),
  ]
}

function apply(resources: Resource[], { path, target }: Patch, folder: string): Resource[] {
  const [patch] = readAll(join(folder, path)) as [Resource]
  const names = new RegExp(`^(${target?.name ?? (target ? '.*' : patch.metadata.name)})$`)
  const isMeant = ({ kind, metadata }: Resource) => kind === patch.kind && names.test(metadata.name)
  if (!resources.some(isMeant)) throw new Error(`${folder}/${path} changes nothing`)
  return resources.map((resource) => {
    if (!isMeant(resource)) return resource
    const { name } = resource.metadata
    const patched = lay(resource, patch) as Resource
    return { ...patched, metadata: { ...patched.metadata, name } }
  })
}

function addLabels(resource: Resource, labels: Record<string, string>): Resource {
  const template = (resource.spec as { template?: Tree } | undefined)?.template
  const added = { metadata: { labels }, ...(template ? { spec: { template: { metadata: { labels } } } } : {}) }
  return lay(resource, added) as Resource
}

/** A patch over a resource, where lists of things with names are joined by name: what these files need of kustomize. */
function lay(under: unknown, over: unknown): unknown {
  if (Array.isArray(under) && Array.isArray(over) && isNamed(under) && isNamed(over)) {
    const rest = over.filter((each) => !under.some(({ name }) => name === each.name))
    const joined = under.map((each) =>
      lay(
        each,
        over.find(({ name }) => name === each.name),
      ),
    )
    return [...joined, ...rest]
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
