import { z } from 'zod'

export const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max)
export const requiredText = z.string({ error: 'is missing' }).min(1, 'is empty')

/** Reads the settings; an empty one counts as not given. Throws one line that names every problem. */
export function readSettings<Schema extends z.ZodType>(
  schema: Schema,
  environment: NodeJS.ProcessEnv,
  simulator: string,
): z.infer<Schema> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const read = schema.safeParse(given)
  if (read.success) return read.data
  const problems = read.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
  throw new Error(`The ${simulator} simulator's settings need attention: ${problems.join('; ')}.`)
}
