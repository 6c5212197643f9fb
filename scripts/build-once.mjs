// What runs before the command that is named: on a fresh clone nothing is installed or built yet.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build, endOnSignals, install, rootDir } from './prepare.mjs'

if (!existsSync(join(rootDir, 'scripts/dist', `${process.argv[2]}.js`))) {
  endOnSignals()
  try {
    await install()
    await build()
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
