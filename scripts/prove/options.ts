import { randomInt } from 'node:crypto'
import { readOptions } from '../demo-shop/run-command'
import { exitCodes, OperatorError } from '../operator-error'

export interface ProveOptions {
  /** How long customers shop and faults strike. */
  seconds: number
  seed: number
  customers: number
  /** How long the shop may take afterwards to finish what is open. */
  quietSeconds: number
  /** File for what the processes wrote. */
  log: string | undefined
}

const text = { type: 'string' } as const
const maxSeed = 2 ** 31 - 1

/** Reads the command line; an OperatorError names what is wrong with it. */
export function readProveOptions(args: string[]): ProveOptions {
  const given = readOptions(args, { minutes: text, seed: text, customers: text, 'quiet-minutes': text, log: text })
  return {
    seconds: 60 * readNumber('--minutes', given.minutes ?? '2', 0.1, 240),
    seed: readWhole('--seed', given.seed ?? String(randomInt(1, maxSeed)), maxSeed),
    customers: readWhole('--customers', given.customers ?? '16', 200),
    quietSeconds: 60 * readNumber('--quiet-minutes', given['quiet-minutes'] ?? '5', 0.1, 60),
    log: given.log,
  }
}

function readWhole(name: string, value: string, most: number): number {
  if (/^\d+$/.test(value)) return readNumber(name, value, 1, most)
  throw new OperatorError(`${name} takes a whole number, not "${value}".`, exitCodes.wrongSetting)
}

function readNumber(name: string, value: string, least: number, most: number): number {
  const number = Number(value)
  if (Number.isFinite(number) && number >= least && number <= most) return number
  throw new OperatorError(`${name} takes ${least} to ${most}, not "${value}".`, exitCodes.wrongSetting)
}
