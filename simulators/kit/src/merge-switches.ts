import { z } from 'zod'

const patchSchema = z.record(z.string(), z.union([z.number(), z.record(z.string(), z.unknown())]))

/** The switches with a part of them changed, as in `{ lost: { rate: 0.1 } }`. An unknown name or value throws a ZodError. */
export function mergeSwitches<Switches extends object>(
  schema: z.ZodType<Switches>,
  current: Switches,
  patch: unknown,
): Switches {
  const merged = { ...current } as Record<string, unknown>
  for (const [name, value] of Object.entries(patchSchema.parse(patch))) {
    const before = merged[name]
    merged[name] = typeof value === 'object' && typeof before === 'object' ? { ...before, ...value } : value
  }
  return schema.parse(merged)
}
