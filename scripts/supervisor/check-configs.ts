import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { exitCodes, OperatorError } from '../operator-error'
import type { ProcessSpec } from './processes'

type Asked = { config: string; env: NodeJS.ProcessEnv }

/** What each reader says, once where several say the same. As text, it needs no build where tests run the sources. */
const reading = `
const asked = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
const problems = asked.flatMap(({ config, env }) => {
  const { loadConfig, readConfig } = require(config)
  try {
    ;(loadConfig ?? readConfig)?.(env)
    return []
  } catch (error) {
    return error.problems ?? [error.message]
  }
})
process.stdout.write(JSON.stringify([...new Set(problems)]))`

/**
 * Refuses settings that a service would refuse, before anything is started for it. The services' own readers say so, in a
 * process that ends at once: what they load is large.
 */
export async function checkConfigs(
  specs: readonly ProcessSpec[],
  rootDir: string,
  environmentOf: (spec: ProcessSpec) => NodeJS.ProcessEnv,
): Promise<void> {
  const asked = specs.flatMap((spec): Asked[] => {
    const config = join(rootDir, spec.entry.replace(/main\.js$/, 'config.js'))
    return existsSync(config) ? [{ config, env: environmentOf(spec) }] : []
  })
  if (asked.length === 0) return
  const problems = await askReaders(asked)
  if (problems.length > 0) throw new OperatorError(problems.join('\n'), exitCodes.wrongSetting)
}

async function askReaders(asked: Asked[]): Promise<string[]> {
  const child = spawn(process.execPath, ['-e', reading], { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
  child.stdin.end(JSON.stringify(asked))
  return (await json(child.stdout)) as string[]
}
