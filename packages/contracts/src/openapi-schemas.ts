import { z } from 'zod'
import { contracts } from './endpoints'

export type JsonSchema = z.core.JSONSchema.JSONSchema

/** Things with a name of their own in the document: every object that a contract exports. */
const named = z.registry<{ id: string }>()
for (const [name, value] of Object.values(contracts).flatMap((contract) => Object.entries(contract))) {
  const id = name.slice(0, 1).toUpperCase() + name.slice(1)
  if (value instanceof z.ZodObject && !named.has(value)) named.add(value, { id })
}

const nothingNamed = z.registry<{ id: string }>()

/** Collects the JSON schemas of a document, as OpenAPI 3.1 takes them. */
export function createSchemas() {
  const components: Record<string, JsonSchema> = {}

  /** What a client may send, written out in place: a request may lack what an answer has. */
  function input(schema: z.ZodType): JsonSchema {
    return withoutNoise(
      z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', metadata: nothingNamed, override: tidy }),
    )
  }

  /** What a client gets, with references to the things that have a name. */
  function output(schema: z.ZodType): JsonSchema {
    const { $defs = {}, ...rest } = z.toJSONSchema(schema, {
      io: 'output',
      unrepresentable: 'any',
      metadata: named,
      override: tidy,
    })
    for (const [name, definition] of Object.entries($defs))
      components[name] = pointToComponents(withoutNoise(definition))
    return pointToComponents(withoutNoise(rest))
  }

  /** What a parameter's text means: a number where it is read as one. */
  function parameters(schema: z.ZodType): { name: string; schema: JsonSchema; required: boolean }[] {
    const sent = input(schema)
    const read = z.toJSONSchema(schema, {
      io: 'output',
      unrepresentable: 'any',
      metadata: nothingNamed,
      override: tidy,
    })
    return Object.entries(sent.properties ?? {}).map(([name, schema]) => {
      const meant = read.properties?.[name] as JsonSchema
      const isNumber = meant.type === 'number' || meant.type === 'integer'
      const shown = isNumber ? { ...meant, type: 'integer' as const } : (schema as JsonSchema)
      return { name, schema: shown, required: sent.required?.includes(name) ?? false }
    })
  }

  return { components, input, output, parameters }
}

/** Drops what is true of every value of its kind, or of our answers of today only: answers may grow. */
function tidy({ jsonSchema }: { jsonSchema: JsonSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
  if (jsonSchema.format === 'uuid' || jsonSchema.format === 'date-time') delete jsonSchema.pattern
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
}

function withoutNoise({ $schema: _schema, id: _id, ...rest }: JsonSchema): JsonSchema {
  return rest
}

function pointToComponents(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'))
}
