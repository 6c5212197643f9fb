import { endpoints } from '../src'
import { createOpenApi } from '../src/openapi'

interface Content {
  content?: Record<string, { schema: { required?: string[]; properties: Record<string, unknown> } }>
}
interface Operation {
  operationId: string
  security: unknown[]
  parameters?: { name: string; in: string; $ref?: string }[]
  requestBody?: Content
  responses: Record<string, Content>
}

const document = createOpenApi()
const paths = document.paths as Record<string, Record<string, Operation>>
function at(path: string, method: string): Operation {
  const operation = paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
  if (!operation) throw new Error(`${method} ${path} is not described.`)
  return operation
}
const schemaOf = ({ content }: Content = {}) => content?.['application/json']?.schema

const offered = endpoints.flatMap((endpoint) => endpoint.publicPaths.map((path) => ({ path, endpoint })))
const operations = Object.values(paths).flatMap((item) => Object.values(item))

test.each(offered.map(({ path, endpoint }) => [endpoint.method, path, endpoint] as const))(
  '%s %s is described: who may call it, what goes in, what comes out',
  (method, path, { status, access, params, query, body, rawBody, upload, idempotent, summary }) => {
    const operation = at(path, method)
    expect(operation).toMatchObject({
      summary: expect.stringContaining(summary),
      responses: { [status]: { description: expect.any(String) } },
    })
    const parameters = operation.parameters ?? []
    const names = (place: string) => parameters.filter((each) => each.in === place).map(({ name }) => name)
    expect(names('path')).toEqual(path.match(/(?<=:)\w+/g) ?? [])
    expect(names('path').length > 0).toBe(params !== undefined)
    expect(names('query').length > 0).toBe(query !== undefined)
    expect(operation.requestBody !== undefined).toBe(body !== undefined || rawBody || upload !== undefined)
    expect(operation.security).toHaveLength(access === 'anyone' ? 0 : access === 'guest' ? 3 : 1)
    expect(operation.responses[401] !== undefined).toBe(access !== 'anyone')
    const key = { $ref: '#/components/parameters/idempotencyKey' }
    expect(parameters.some(({ $ref }) => $ref === key.$ref)).toBe(idempotent)
    expect(operation.responses[status]?.content === undefined).toBe(status === 204)
  },
)

test('nothing else is described, internal endpoints least of all', () => {
  expect(operations).toHaveLength(offered.length)
  expect(JSON.stringify(Object.keys(document.paths))).not.toMatch(/internal|\/api\/verify|metrics/)
})

test('every operation has an id of its own', () => {
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
})

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? '')
  expect(references.length).toBeGreaterThan(100)
  for (const path of references) {
    expect([
      path,
      path.split('/').reduce<unknown>((value, part) => (value as Record<string, unknown>)?.[part], document),
    ]).toEqual([path, expect.anything()])
  }
})

test('things have names, and answers may grow', () => {
  expect(schemaOf(at('/api/products/:id', 'GET').responses[200])?.properties.product).toEqual({
    $ref: '#/components/schemas/Product',
  })
  expect(document.components.schemas.Product?.properties?.price).toEqual({ type: 'number' })
  expect(document.components.schemas.Product?.additionalProperties).toBeUndefined()
  expect(document.components.schemas.Problem?.required).toContain('code')
})

test('a request says what the server checks', () => {
  const schema = schemaOf(at('/api/orders', 'POST').requestBody)
  expect(schema?.required).toEqual(['shippingAddress'])
  expect(schema?.properties.items).toMatchObject({ type: 'array', minItems: 1, maxItems: 100 })
  expect(at('/api/products', 'GET').parameters).toContainEqual({
    name: 'limit',
    in: 'query',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 100, default: 10 },
  })
})

test('of two paths of one endpoint, the second says that it is one', () => {
  const { paths } = createOpenApi()
  const aliased = endpoints.filter(({ publicPaths }) => publicPaths.length > 1)
  expect(aliased.length).toBeGreaterThan(0)
  for (const { method, publicPaths } of aliased) {
    const [first, ...others] = publicPaths.map((path) => {
      const operations = paths[path.replace(/:(\w+)/g, '{$1}')] as Record<string, { summary: string }>
      return operations[method.toLowerCase()]?.summary
    })
    expect(first).not.toContain('another path')
    for (const summary of others) expect(summary).toContain(`another path of ${publicPaths[0]}`)
  }
})
