// What `npm start` runs: makes sure that everything is installed and built, then hands over to the supervisor.
import { build, checkNode, install, stopPreparing } from './prepare.mjs'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
let stopping = false

function stop() {
  stopping = true
  stopPreparing().then(() => process.exit(0))
}

try {
  checkNode()
  for (const signal of signals) process.on(signal, stop)
  await install()
  await build()
} catch (error) {
  if (!stopping) {
    console.error(error.message)
    process.exit(1)
  }
}
if (!stopping) {
  const { main } = await import('./dist/supervisor.js')
  for (const signal of signals) process.off(signal, stop)
  main(process.argv.slice(2))
}
