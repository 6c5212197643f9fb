import { createServer } from 'node:http'
import { createDarajaSimulator, type DarajaSimulator } from './app'
import { readConfig } from './config'

// sysexits.h EX_CONFIG: starting again would not help.
const badConfiguration = 78
const drainMs = 1500

function fail(error: unknown, exitCode: number): never {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(exitCode)
}

function orFail<Result>(step: () => Result): Result {
  try {
    return step()
  } catch (error) {
    fail(error, badConfiguration)
  }
}

const config = orFail(() => readConfig(process.env))
const server = createServer({ requestTimeout: 30_000, keepAliveTimeout: 65_000 })
let simulator: DarajaSimulator | undefined

// The journal is opened only by the process that holds the port, so that a second start cannot write into the first one's.
server.listen(config.port, config.host, () => {
  simulator = orFail(() => createDarajaSimulator({ ...config.simulator, log: console.log }))
  server.on('request', simulator.app)
  const address = server.address()
  const port = address && typeof address === 'object' ? address.port : config.port
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  console.log(`Daraja simulator on http://${host}:${port}, phones at http://${host}:${port}/phone`)
})
server.on('error', (error: NodeJS.ErrnoException) => {
  const taken = `Port ${config.port} is taken: stop what uses it or set DARAJA_SIMULATOR_PORT to a free one.`
  fail(error.code === 'EADDRINUSE' ? taken : error, 1)
})

let stopping = false
function stop() {
  if (stopping) return
  stopping = true
  server.close(() => {
    simulator?.close()
    process.exit(0)
  })
  server.closeIdleConnections()
  setTimeout(() => server.closeAllConnections(), drainMs).unref()
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
// A supervisor that dies without a word still ends its children.
process.on('disconnect', stop)
