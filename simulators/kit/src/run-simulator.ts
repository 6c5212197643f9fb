import { createServer, type RequestListener } from 'node:http'

// sysexits.h EX_CONFIG: starting again would not help.
const badConfiguration = 78
const drainMs = 1500

type Simulator = { app: RequestListener; close(): void }
type Plan<Config> = {
  readConfig: (environment: NodeJS.ProcessEnv) => Config & { port: number; host: string }
  /** `origin` is where the simulator is reached. Throws when its journal cannot be used. */
  create: (config: Config, origin: string) => Simulator
  greeting: (origin: string) => string
  portSetting: string
  print: (line: string) => void
  printError: (line: string) => void
}

/** The life of a simulator's process: settings, port, journal, and a stop within 2 seconds. */
export function runSimulator<Config>(plan: Plan<Config>): void {
  const fail = (error: unknown, exitCode: number): never => {
    plan.printError(error instanceof Error ? error.message : String(error))
    process.exit(exitCode)
  }
  const orFail = <Result>(step: () => Result): Result => {
    try {
      return step()
    } catch (error) {
      return fail(error, badConfiguration)
    }
  }
  const config = orFail(() => plan.readConfig(process.env))
  const server = createServer({ requestTimeout: 30_000, keepAliveTimeout: 65_000 })
  let simulator: Simulator | undefined

  // The journal is opened only by the process that holds the port, so that a second start cannot write into the first one's.
  server.listen(config.port, config.host, () => {
    const address = server.address()
    const port = address && typeof address === 'object' ? address.port : config.port
    const origin = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
    const created = orFail(() => plan.create(config, origin))
    simulator = created
    server.on('request', created.app)
    plan.print(plan.greeting(origin))
  })
  server.on('error', (error: NodeJS.ErrnoException) => {
    const taken = `Port ${config.port} is taken: stop what uses it or set ${plan.portSetting} to a free one.`
    fail(error.code === 'EADDRINUSE' ? taken : error, 1)
  })

  let stopping = false
  const stop = () => {
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
}
