// What `npm start` runs: makes sure that everything is installed and built, then hands over to the supervisor.
// Only the simplest syntax and no imports up here, so that an old Node gets as far as the line that says so.
const oldestNode = [20, 19]
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']

async function start() {
  const { build, install, stopPreparing } = await import('./prepare.mjs')
  let stopping = false
  const stop = () => {
    stopping = true
    stopPreparing().then(() => process.exit(0))
  }
  for (const signal of signals) process.on(signal, stop)
  try {
    await install()
    await build()
    const { main } = await import('./dist/supervisor.js')
    const { seedDemoShop } = await import('./dist/seed.js')
    if (stopping) return
    for (const signal of signals) process.off(signal, stop)
    main(process.argv.slice(2), { seed: seedDemoShop })
  } catch (error) {
    if (stopping) return
    console.error(error.message)
    process.exit(1)
  }
}

function isTooOld() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  return major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])
}

if (isTooOld()) {
  console.error(
    `Node ${process.versions.node} is too old: install Node ${oldestNode.join('.')} or newer from nodejs.org.`,
  )
  process.exitCode = 1
} else {
  start()
}
