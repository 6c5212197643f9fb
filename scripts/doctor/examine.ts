import { type Check, codeOf, type Finding, wrong } from './check'
import { callbackCheck } from './check-callback'
import { databasesCheck } from './check-databases'
import { createDiskCheck } from './check-disk'
import { mpesaCheck } from './check-mpesa'
import { createNodeCheck } from './check-node'
import { createProxiesCheck } from './check-proxies'
import { createRedisCheck } from './check-redis'
import { replicasCheck } from './check-replicas'
import { servicesCheck } from './check-services'
import { settingsCheck } from './check-settings'
import { stripeCheck } from './check-stripe'
import type { Installation } from './installation'

/** All that is looked at. Another check is a file and a line here. */
const checks: readonly Check[] = [
  createNodeCheck(),
  settingsCheck,
  createDiskCheck(),
  databasesCheck,
  replicasCheck,
  createRedisCheck(),
  servicesCheck,
  createProxiesCheck(),
  mpesaCheck,
  stripeCheck,
  callbackCheck,
]

/** Runs all checks at once; one that fails itself is a finding too. */
export async function examine(installation: Installation): Promise<Finding[]> {
  const found = await Promise.all(
    checks.map(({ name, run }) =>
      run(installation).catch((error): Finding[] => [
        wrong(name, `could not be checked (${codeOf(error)})`, 'correct the settings above, and look again'),
      ]),
    ),
  )
  return found.flat()
}

const signs = { ok: 'ok     ', warning: 'warning', wrong: 'WRONG  ' } as const

/** One line each, what to do about it behind an arrow. */
export function writeFindings(findings: Finding[]): string {
  const width = Math.max(...findings.map(({ what }) => what.length))
  return findings
    .map(({ level, what, says, mend }) => `${signs[level]}  ${what.padEnd(width)}  ${says}${mend ? ` → ${mend}` : ''}`)
    .join('\n')
}
