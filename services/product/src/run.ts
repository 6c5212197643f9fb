import { type Source, searchRows } from '@duka/kit'

/** Runs one statement of a search; tests look at what is run. */
export type Run = <T extends object>(sql: string, bind: unknown[]) => Promise<T[]>

export function runOn(source: Source): Run {
  return (sql, bind) => searchRows(source, sql, bind)
}
