import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

export const rootDir = join(__dirname, '..')
export const read = (file: string): string => readFileSync(join(rootDir, file), 'utf8')

export interface Container {
  image?: string
  build?: { context: string; args: { PROGRAM: string; PORT: number } }
  environment?: Record<string, string | number>
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test?: string[]; disable?: boolean }
  ports?: string[]
  volumes?: string[]
  profiles?: string[]
  deploy?: { replicas?: number }
  command?: string[]
  read_only?: boolean
  restart?: string
  mem_limit?: string
  logging?: unknown
}
export type Containers = Record<string, Container>

/** The containers of one compose file, as they are written: variables are not filled in. */
export function readContainers(file: string): Containers {
  return (parse(read(file), { merge: true, maxAliasCount: -1 }) as { services: Containers }).services
}

const variable = /\$\{([A-Z][A-Z0-9_]*)(?:(:?[-?])([^}]*))?\}/g

/** Names of all settings that a compose file reads. */
export function variablesOf(file: string): string[] {
  return [...new Set([...read(file).matchAll(variable)].map(([, name]) => name as string))].sort()
}

/** What a container is told under these settings: `${NAME:-default}` and `${NAME:?message}`, as compose reads them. */
export function environmentIn({ environment = {} }: Container, given: NodeJS.ProcessEnv): Record<string, string> {
  const fill = (text: string) =>
    text.replace(variable, (_whole, name: string, kind = '', rest = '') => {
      const value = given[name]
      const isThere = value !== undefined && (value !== '' || !kind.startsWith(':'))
      if (isThere) return value
      if (kind.endsWith('?')) throw new Error(`${name}: ${rest}`)
      return rest
    })
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, fill(String(value))]))
}

/** The same with a second file on top of the first. */
export function merge(base: Containers, top: Containers): Containers {
  const names = new Set([...Object.keys(base), ...Object.keys(top)])
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      { ...base[name], ...top[name], environment: { ...base[name]?.environment, ...top[name]?.environment } },
    ]),
  )
}
