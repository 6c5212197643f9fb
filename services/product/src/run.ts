import { queryRows, type Source, searchRows } from '@duka/kit'

/** Runs one statement of a search; tests look at what is run. */
export type Run = <T extends object>(sql: string, bind: unknown[], isPrepared?: boolean) => Promise<T[]>

export function runOn(source: Source): Run {
  return (sql, bind, isPrepared) => (isPrepared ? queryRows : searchRows)(source, sql, bind)
}

/** The same where what was asked already is not asked again; for as long as one answer takes. */
export function runOnce(run: Run): Run {
  const asked = new Map<string, Promise<object[]>>()
  return <T extends object>(sql: string, bind: unknown[], isPrepared?: boolean) => {
    const key = JSON.stringify([sql, bind])
    const rows = asked.get(key) ?? run<T>(sql, bind, isPrepared)
    asked.set(key, rows)
    return rows as Promise<T[]>
  }
}
