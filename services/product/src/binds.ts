export interface Binds {
  values: unknown[]
  /** Adds a value and gives its place in the statement, such as `$3`. */
  add(value: unknown): string
}

/** The values of a statement that is put together of parts. */
export function createBinds(): Binds {
  const values: unknown[] = []
  return { values, add: (value) => `$${values.push(value)}` }
}
