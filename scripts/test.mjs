// What `npm test` runs on a fresh clone: installs, builds (the whole shop is tested as processes too), then Jest.
import { build, endOnSignals, install, runJest } from './prepare.mjs'

endOnSignals()
try {
  await install()
  await build()
  process.exitCode = await runJest(process.argv.slice(2))
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
