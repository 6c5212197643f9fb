import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { read, rootDir } from './compose-support'
import { build } from './kubernetes-support'

type Step = { uses?: string; run?: string; with?: Record<string, unknown>; env?: Record<string, string> }
type Job = { 'timeout-minutes'?: number; steps: Step[]; strategy?: { matrix: { node: string[] } } }
type Workflow = { permissions: Record<string, string>; jobs: Record<string, Job> }

const folder = '.github/workflows'
const files = readdirSync(join(rootDir, folder))
const workflows = files.map((file) => [file, parse(read(`${folder}/${file}`)) as Workflow] as const)
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps)
const commands = workflows.flatMap(([, workflow]) => stepsOf(workflow).flatMap(({ run }) => run ?? [])).join('\n')
const { scripts, engines } = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>
  engines: { node: string }
}

test.each(workflows)('%s may read the repository and nothing else, and comes to an end', (file, workflow) => {
  expect(workflow.permissions).toEqual({ contents: 'read' })
  for (const job of Object.values(workflow.jobs)) expect(job['timeout-minutes']).toBeLessThanOrEqual(30)
  for (const { uses, with: options } of stepsOf(workflow)) {
    if (uses === undefined) continue
    expect(uses).toMatch(/^actions\/[a-z-]+@v\d+$/)
    if (uses.startsWith('actions/checkout@')) expect(options).toEqual({ 'persist-credentials': false })
  }
  expect(read(`${folder}/${file}`)).not.toContain('secrets.')
})

test('npm is asked only for scripts that there are', () => {
  const names = [...commands.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name as string)
  expect(names).toEqual(expect.arrayContaining(['check', 'build', 'demo', 'secrets']))
  for (const name of names) expect(Object.keys(scripts)).toContain(name)
})

test('files and folders that are named are there', () => {
  const named = [...commands.matchAll(/(?<![\w/])deploy\/[\w./-]+/g)].map(([path]) => path)
  const overlays = /for overlay in ([a-z ]+);/.exec(commands)?.[1]?.split(' ') ?? []
  const tests = [...commands.matchAll(/alerts\/test\/\w+\.yaml/g)].map(([path]) => `deploy/observability/${path}`)
  const paths = [...named.filter((path) => !path.endsWith('/')), ...tests]
  for (const path of [...paths, ...overlays.map((each) => `deploy/kubernetes/${each}`)]) {
    expect([path, existsSync(join(rootDir, path))]).toEqual([path, true])
  }
  const all = readdirSync(join(rootDir, 'deploy/observability/alerts/test'))
  expect(tests.map((path) => path.split('/').at(-1)).sort()).toEqual(all.sort())
})

test('the checks run on each version of Node that is promised', () => {
  const check = workflows.find(([file]) => file === 'check.yml')?.[1].jobs.check
  expect(check?.strategy?.matrix.node).toEqual(['20', '22', '24'])
  expect(engines.node).toBe('>=20.19.0')
})

test("every kind of the operators', and no other, is left out where Kubernetes' own schemas are asked", () => {
  const kinds = build('production').flatMap(({ apiVersion, kind }) =>
    /external-secrets|coreos/.test(apiVersion) ? kind : [],
  )
  expect(/ -skip ([\w,]+)/.exec(read(`${folder}/manifests.yml`))?.[1]).toBe([...new Set(kinds)].sort().join())
})

test('Prometheus is of the version that docker-compose.yml has', () => {
  const [version] = /prom\/prometheus:v[\d.]+/.exec(read('docker-compose.yml')) ?? []
  expect(commands).toContain(version)
})
