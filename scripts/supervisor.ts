import { join } from 'node:path'
import { asksForHelp } from './demo-shop/run-command'
import { exitCodes, OperatorError } from './operator-error'
import { seedDemoShop } from './seed'
import { writeBanner } from './supervisor/banner'
import { findUnknownNames } from './supervisor/find-unknown-names'
import { findKnownAdmin } from './supervisor/known-admin'
import { createOutput, type Output } from './supervisor/output'
import { services } from './supervisor/processes'
import { resetData } from './supervisor/reset-data'
import { type SeedShop, seedIfEmbedded } from './supervisor/seed-shop'
import { Shop } from './supervisor/shop'

export type RunOptions = {
  rootDir?: string
  /** Fills a shop that is empty; null leaves it so. */
  seed?: SeedShop | null
}

const usage = `npm start -- [--reset]
Starts the shop of this folder with all that it needs; --reset throws away what it holds and begins anew.`

// npm hands on a signal that the terminal has sent to every process already: two this close are one.
const sameSignalMs = 500

/** Runs a shop until a signal or a failure ends it, and the process with it. */
export async function main(
  args: readonly string[],
  { rootDir = join(__dirname, '../..'), seed = seedDemoShop }: RunOptions = {},
): Promise<void> {
  if (asksForHelp(args)) {
    console.log(usage)
    return
  }
  const output = createOutput(process.stdout)
  let shop: Shop | undefined
  let isSignalled = () => false
  try {
    const { reset } = readArguments(args)
    shop = new Shop({ rootDir, env: process.env, output })
    isSignalled = stopOnSignals(shop, output)
    switchLevels(shop)
    const unknown = findUnknownNames(rootDir, process.env)
    if (unknown.length > 0) output('duka', `nothing reads these settings: ${unknown.join(', ')}`)
    if (reset) await resetData(shop.dataDir, shop.given, output)
    await shop.start()
    const admin = await findKnownAdmin(shop)
    const customer = seed ? await seedIfEmbedded(shop, admin, seed, output) : undefined
    if (!isSignalled()) announce(shop, { admin, customer })
    throw await shop.refused
  } catch (error) {
    // What a stop interrupts fails as it should; the signal's handler ends the process.
    if (isSignalled()) return
    await shop?.stop()
    process.exit(report(error))
  }
}

function announce(shop: Shop, accounts: Parameters<typeof writeBanner>[1]): void {
  // Counted from the start of the process, so with the time that the build took.
  process.stdout.write(writeBanner(shop, accounts, performance.now() / 1000))
}

function readArguments(args: readonly string[]): { reset: boolean } {
  const unknown = args.find((each) => each !== '--reset')
  if (unknown) throw new OperatorError(`npm start knows --reset only, not ${unknown}.`, exitCodes.wrongSetting)
  return { reset: args.includes('--reset') }
}

/** Each service logs everything from one such signal to the next. */
function switchLevels(shop: Shop): void {
  process.on('SIGUSR2', () => {
    for (const { name } of services) shop.kill(name, 'SIGUSR2')
  })
}

function stopOnSignals(shop: Shop, output: Output): () => boolean {
  let firstAt: number | undefined
  const stop = (again: boolean) => {
    shop.stop({ force: again }).then(
      () => process.exit(0),
      (error) => process.exit(report(error)),
    )
  }
  const onSignal = () => {
    if (firstAt !== undefined && Date.now() - firstAt < sameSignalMs) return
    const again = firstAt !== undefined
    firstAt ??= Date.now()
    output('duka', again ? 'stopping at once' : 'stopping (again to stop at once)')
    stop(again)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  // Whoever reads may end, as in `npm start | head`; the shop goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  process.on('uncaughtException', (error) => {
    report(error)
    shop.stop().finally(() => process.exit(exitCodes.failed))
  })
  return () => firstAt !== undefined
}

/** Prints one line for what the user can mend, everything for what only a programmer can. Returns the exit code. */
function report(error: unknown): number {
  const { code, syscall, message } = error as NodeJS.ErrnoException
  if (error instanceof OperatorError) {
    console.error(error.message)
    return error.exitCode
  }
  console.error(code === 'ENOSPC' ? 'The disk is full: free some space and start again.' : syscall ? message : error)
  return exitCodes.failed
}
