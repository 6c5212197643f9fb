import { searchRows } from '@duka/kit'
import type { Sequelize } from 'sequelize'

/** Runs one statement of a search; tests look at what is run. */
export type Run = <T extends object>(sql: string, bind: unknown[]) => Promise<T[]>

export function runOn(database: Sequelize): Run {
  return (sql, bind) => searchRows(database, sql, bind)
}
