// Installs, builds, then runs a command of the compiled scripts in this process.
import { build, install, stopPreparing } from './prepare.mjs'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** `load` imports the command, once it is built, and gives what runs it. */
export async function runBuilt(load) {
  const stop = () => stopPreparing().then(() => process.exit(1))
  for (const signal of signals) process.on(signal, stop)
  try {
    await install()
    await build()
    const run = await load()
    // From here on it ends itself, and takes what it started with it.
    for (const signal of signals) process.off(signal, stop)
    run()
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
