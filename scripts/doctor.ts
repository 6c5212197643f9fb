import { join } from 'node:path'
import { readOptions, runCommand } from './demo-shop/run-command'
import { examine, writeFindings } from './doctor/examine'
import { readInstallation } from './doctor/installation'
import { exitCodes } from './operator-error'
import type { GivenSettings } from './supervisor/read-settings'

const usage = `npm run doctor -- [--json]
Says what is wrong about an installation, and how to mend it. It changes nothing. --json is for programs.`

const rootDir = join(__dirname, '../..')

/** Says what is wrong about an installation and how to mend it. It changes nothing. */
async function main(args: string[], given: GivenSettings): Promise<void> {
  const { json } = readOptions(args, { json: { type: 'boolean' } })
  const findings = await examine(readInstallation(rootDir, given, process.env))
  const count = (level: string) => findings.filter((each) => each.level === level).length
  const [warnings, faults] = [count('warning'), count('wrong')]
  if (json) console.log(JSON.stringify({ wrong: faults, warnings, findings }, null, 2))
  else console.log(`${writeFindings(findings)}\n\n${faults} wrong, ${warnings} to look at.`)
  if (faults > 0) process.exitCode = exitCodes.failed
}

if (require.main === module) runCommand(main, usage)
