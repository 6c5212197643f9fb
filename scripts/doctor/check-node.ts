import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Check, ok, wrong } from './check'

const what = 'Node'

/** Whether this Node is one that the shop runs on. */
export function createNodeCheck(version = process.versions.node): Check {
  return {
    name: 'node',
    run: async ({ rootDir }) => {
      const { engines } = JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8')) as {
        engines: { node: string }
      }
      const needed = engines.node.replace('>=', '')
      if (compare(version, needed) >= 0) return [ok(what, version)]
      return [wrong(what, `${version} is older than ${needed}`, `install Node ${needed} or newer`)]
    },
  }
}

function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  const at = (left ?? []).findIndex((part, index) => part !== right?.[index])
  return at < 0 ? 0 : (left?.[at] ?? 0) - (right?.[at] ?? 0)
}
