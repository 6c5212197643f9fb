import { readOptions } from '../demo-shop/run-command'
import { exitCodes, OperatorError } from '../operator-error'
import { settingNames } from '../supervisor/processes'
import { type CaseName, caseNames } from './cases'

export interface BenchOptions {
  /** Seconds that one round measures. */
  seconds: number
  /** Rounds per case, each against the shop and against the reference. */
  rounds: number
  cases: CaseName[]
  /** Sizes of the catalogue whose reads are measured, in place of the cases. */
  products: number[]
  connections: number[]
  /** Settings of a second shop that this one is compared with; none for no comparison. */
  against: Record<string, string>
  /** File for the figures; undefined for none. */
  json: string | undefined
}

const text = { type: 'string' } as const
// A cart line takes 10,000 pieces: longer rounds of adding to five lines could reach that.
const maxSeconds = 20
const maxRounds = 20
const maxConnections = 256
const maxProducts = 5_000_000

/** Reads the command line; an OperatorError names what is wrong with it. */
export function readBenchOptions(args: string[]): BenchOptions {
  const given = readOptions(args, {
    seconds: text,
    rounds: text,
    cases: text,
    products: text,
    connections: text,
    against: text,
    json: text,
  })
  if (given.products !== undefined && given.cases !== undefined) {
    throw new OperatorError('--products measures cases of its own: leave --cases out.', exitCodes.wrongSetting)
  }
  const isCompared = given.against !== undefined
  if (isCompared && given.products !== undefined) {
    throw new OperatorError('--against compares cases: leave --products out.', exitCodes.wrongSetting)
  }
  const known = isCompared ? comparedCases : caseNames
  return {
    seconds: readNumber('--seconds', given.seconds ?? '3', maxSeconds),
    rounds: readNumber('--rounds', given.rounds ?? (isCompared ? '8' : '2'), maxRounds),
    cases: readCases(given.cases ?? known.join(), known),
    against: readSettings(given.against),
    products: given.products === undefined ? [] : readNumbers('--products', given.products, maxProducts),
    connections: readNumbers('--connections', given.connections ?? (isCompared ? '16' : '1,16,64'), maxConnections),
    json: given.json,
  }
}

function readCases(value: string, known: readonly CaseName[]): CaseName[] {
  return value.split(',').map((given) => {
    const name = known.find((each) => each === given)
    if (name) return name
    throw new OperatorError(`--cases takes ${known.join(', ')}, not "${given}".`, exitCodes.wrongSetting)
  })
}

/** What two shops are compared by: requests that cost little otherwise, and all that a customer does. */
const comparedCases = ['product-detail', 'profile', 'add-to-cart', 'whole-purchase'] as const

function readSettings(value: string | undefined): Record<string, string> {
  return Object.fromEntries((value?.split(',') ?? []).map(readSetting))
}

function readSetting(given: string): [string, string] {
  const [name = '', ...rest] = given.split('=')
  if (rest.length > 0 && settingNames.has(name)) return [name, rest.join('=')]
  throw new OperatorError(
    `--against takes settings of .env.example as METRICS=off, not "${given}".`,
    exitCodes.wrongSetting,
  )
}

function readNumbers(name: string, value: string, max: number): number[] {
  return value.split(',').map((each) => readNumber(name, each, max))
}

function readNumber(name: string, value: string, max: number): number {
  const number = Number(value)
  if (Number.isInteger(number) && number >= 1 && number <= max) return number
  throw new OperatorError(`${name} takes whole numbers from 1 to ${max}, not "${value}".`, exitCodes.wrongSetting)
}
