import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(__dirname, '..')

export interface MetricKind {
  name: string
  type: string
  labels: string[]
}

/** Where metrics are made. */
const folders = [
  'packages/kit/src',
  'scripts/audit',
  ...readdirSync(join(root, 'services')).map((name) => `services/${name}/src`),
]

const made =
  /\b(counter|histogram|gauge)\(\{\s*name: '(\w+)',\s*help:[\s\S]*?\n\s*labels: \[([^\]]*)\]|(?<!\w)single\('(\w+)'/g

/** Every metric of ours, as the code says it. */
export function metricsInCode(): MetricKind[] {
  const found = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.includes('test/'))
      .flatMap((file) => [...readFileSync(join(root, folder, file), 'utf8').matchAll(made)]),
  )
  const kinds = found.map(([, type = 'gauge', name = '', labels = '', single]) => ({
    name: single ?? name,
    type,
    labels: quoted(labels),
  }))
  // More than one service has a shared store.
  return [...new Map(kinds.map((kind) => [kind.name, kind])).values()]
}

const quoted = (text: string) => [...text.matchAll(/'(\w+)'/g)].map(([, name = '']) => name)

/** Every metric in the tables of docs/metrics.md. */
export function metricsInDocs(): MetricKind[] {
  const rows = readFileSync(join(root, 'docs/metrics.md'), 'utf8').matchAll(
    /^\| `(\w+)` \| (\w+) \| *([^|]*)\| [^|]+ \|$/gm,
  )
  return [...rows].map(([, name = '', type = '', labels = '']) => ({
    name,
    type,
    labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label),
  }))
}
