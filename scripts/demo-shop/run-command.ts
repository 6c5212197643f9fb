import { join } from 'node:path'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { exitCodes, OperatorError } from '../operator-error'
import { addRunning } from '../supervisor/add-running'
import { dataDirOf, type GivenSettings, readGivenSettings } from '../supervisor/read-settings'
import { readRunningShop } from '../supervisor/running-shop'

type Main = (args: string[], settings: GivenSettings) => Promise<void>

/**
 * Runs a command line's main function with this machine's settings and those of the shop that runs here. What stops it
 * is one line and an exit code; --help prints how to use it.
 */
export function runCommand(main: Main, usage: string): void {
  const args = process.argv.slice(2)
  if (asksForHelp(args)) console.log(usage)
  else
    startCommand(main, args).catch((error) => {
      console.error(error instanceof OperatorError ? error.message : error)
      process.exitCode = error instanceof OperatorError ? error.exitCode : exitCodes.failed
    })
}

async function startCommand(main: Main, args: string[]): Promise<void> {
  // From the compiled file: scripts/dist/demo-shop.
  const rootDir = join(__dirname, '../../..')
  const given = readGivenSettings(rootDir, process.env)
  await main(args, addRunning(given, readRunningShop(dataDirOf(rootDir, given))))
}

export function asksForHelp(args: readonly string[]): boolean {
  return args.some((each) => each === '--help' || each === '-h')
}

type Options = NonNullable<ParseArgsConfig['options']>
type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T }>>['values']

/** Reads the named options; a misspelt one is refused with the list of those that exist. */
export function readOptions<T extends Options>(args: string[], options: T): Values<T> {
  return readCommandLine(args, options, false).values
}

/** The same for a command that also takes the names of files. */
export function readCommandLine<T extends Options>(args: string[], options: T, allowPositionals = true) {
  try {
    const { values, positionals: files } = parseArgs({ args, options, allowPositionals })
    return { values: values as Values<T>, files }
  } catch (error) {
    const known = Object.entries(options).map(([name, { type }]) => `--${name}${type === 'string' ? ' …' : ''}`)
    const knows = known.length > 0 ? `It knows ${known.join(', ')}` : 'It knows no options'
    // Some are several lines with a full stop, others are one without.
    const problem = (error as Error).message.split('\n', 1)[0]?.replace(/\.$/, '')
    throw new OperatorError(`${problem}. ${knows}.`, exitCodes.wrongSetting)
  }
}
