import { readOptions } from '../demo-shop/run-command'
import { exitCodes, OperatorError } from '../operator-error'
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
    json: text,
  })
  if (given.products !== undefined && given.cases !== undefined) {
    throw new OperatorError('--products measures cases of its own: leave --cases out.', exitCodes.wrongSetting)
  }
  return {
    seconds: readNumber('--seconds', given.seconds ?? '3', maxSeconds),
    rounds: readNumber('--rounds', given.rounds ?? '2', maxRounds),
    cases: readCases(given.cases ?? caseNames.join()),
    products: given.products === undefined ? [] : readNumbers('--products', given.products, maxProducts),
    connections: readNumbers('--connections', given.connections ?? '1,16,64', maxConnections),
    json: given.json,
  }
}

function readCases(value: string): CaseName[] {
  return value.split(',').map((given) => {
    const name = caseNames.find((each) => each === given)
    if (name) return name
    throw new OperatorError(`--cases takes ${caseNames.join(', ')}, not "${given}".`, exitCodes.wrongSetting)
  })
}

function readNumbers(name: string, value: string, max: number): number[] {
  return value.split(',').map((each) => readNumber(name, each, max))
}

function readNumber(name: string, value: string, max: number): number {
  const number = Number(value)
  if (Number.isInteger(number) && number >= 1 && number <= max) return number
  throw new OperatorError(`${name} takes whole numbers from 1 to ${max}, not "${value}".`, exitCodes.wrongSetting)
}
