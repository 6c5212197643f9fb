// What `npm run bench` runs: installs, builds, then measures a shop of its own.
import { build, install, stopPreparing } from './prepare.mjs'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
const stop = () => stopPreparing().then(() => process.exit(1))
for (const signal of signals) process.on(signal, stop)
try {
  await install()
  await build()
  const { runBenchCommand } = await import('./dist/bench.js')
  // From here on it ends itself, and takes its shop with it.
  for (const signal of signals) process.off(signal, stop)
  runBenchCommand()
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
