import { OperatorError } from '../operator-error'

/** PostgreSQL's programs read PG… variables and the locale: they get neither from the caller. */
export function bareEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }
}

/** One line about a PostgreSQL program that failed, from what it wrote. */
export function describeFailure(what: string, lines: string[], dataDir: string): OperatorError {
  const text = lines.join('\n')
  if (/No space left on device/.test(text))
    return new OperatorError(`${what}: the disk of ${dataDir} is full. Free some space and start again.`)
  if (/could not look up effective user ID/.test(text))
    return new OperatorError(`${what}: PostgreSQL needs a user with a name. Start as one that /etc/passwd lists.`)
  const telling = lines.filter((line) => /(FATAL|PANIC|error|could not|cannot|Permission)/.test(line))
  const said = (telling.length > 0 ? telling : lines.filter((line) => line.trim() !== '')).slice(-2)
  return new OperatorError(`${what} (${dataDir}): ${said.map((line) => line.trim()).join(' / ') || 'it said nothing'}`)
}
