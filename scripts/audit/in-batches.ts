const nil = '00000000-0000-0000-0000-000000000000'

/** Reads a table of any length, so many rows at a time, in the order of its ids. */
export async function* inBatches<T extends { id: string }>(read: (after: string) => Promise<T[]>): AsyncGenerator<T[]> {
  for (let after = nil; ; ) {
    const batch = await read(after)
    const last = batch.at(-1)
    if (!last) return
    yield batch
    after = last.id
  }
}

export function byId<T extends { id: string }>(rows: T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.id, row]))
}

/** The rows by another of their columns. */
export function groupBy<T>(rows: T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group) group.push(row)
    else groups.set(keyOf(row), [row])
  }
  return groups
}
