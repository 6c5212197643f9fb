// What `npm run bench` runs: installs, builds, then measures a shop of its own.
import { build, install } from './prepare.mjs'

try {
  await install()
  await build()
  const { runBenchCommand } = await import('./dist/bench.js')
  runBenchCommand()
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
