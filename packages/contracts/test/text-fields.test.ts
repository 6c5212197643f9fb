import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { endpointsByName, kindOf, textKinds } from '../src'

interface Field {
  endpoint: string
  name: string
  /** Undefined where nobody decided. */
  kind: string | undefined
  longest: number | null
}

const children = ['innerType', 'in', 'out', 'element', 'left', 'right', 'keyType', 'valueType'] as const

/** Formats, such as those of ids and times, say by themselves what they take. */
function hasFormat({ _zod: { def } }: z.ZodType): boolean {
  return 'format' in def && def.format !== undefined
}

/** Every text that a schema takes, by the name of the field that it stands in. */
function textsIn(schema: z.ZodType, name: string): Pick<Field, 'name' | 'kind' | 'longest'>[] {
  const kind = kindOf(schema)
  const longest = longestOf(schema)
  if (kind) return [{ name, kind, longest }]
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([key, each]) =>
      textsIn(each as z.ZodType, name ? `${name}.${key}` : key),
    )
  }
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((each) => textsIn(each as z.ZodType, name))
  if (schema instanceof z.ZodString) return hasFormat(schema) ? [] : [{ name, kind, longest }]
  const def = schema._zod.def as unknown as Record<string, z.ZodType | undefined>
  return children.flatMap((key) => (def[key] ? textsIn(def[key], name) : []))
}

function longestOf(schema: z.ZodType): number | null {
  const { maxLength } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return maxLength ?? null
}

const fields: Field[] = endpointsByName.flatMap(([endpoint, { params, query, body }]) =>
  [params, query, body].flatMap((schema) => (schema ? textsIn(schema, '') : [])).map((each) => ({ endpoint, ...each })),
)

/** The table of docs/text.md. */
function toLines(): string[] {
  const lines = fields.map(({ name, kind, longest }) => `| ${name} | ${kind} | ${longest ?? ''} |`)
  return [...new Set(lines)].sort()
}

test('texts are found wherever they stand', () => {
  const inside = z.object({
    a: z.array(z.string()).optional(),
    b: z.union([z.object({ c: z.string().nullable() }), z.null()]).default(null),
    d: z.record(z.string(), z.number()),
    e: z.string().transform(Number).pipe(z.number()),
    f: z.uuid(),
    g: z.enum(['x']),
  })
  expect(textsIn(inside, '').map(({ name }) => name)).toEqual(['a', 'b.c', 'd', 'e'])
})

test('of every text that a contract takes it is decided what is done to it', () => {
  expect(fields.length).toBeGreaterThan(40)
  expect(fields.filter(({ kind }) => kind === undefined)).toEqual([])
})

test('the documentation says it for every field, and for no other', () => {
  const document = readFileSync(join(__dirname, '../../../docs/text.md'), 'utf8')
  const [, table = ''] = document.split('| field | kind | at most |\n| --- | --- | --- |\n')
  expect(table.trim().split('\n')).toEqual(toLines())
  for (const kind of textKinds) expect(document).toContain(`| ${kind} |`)
})
