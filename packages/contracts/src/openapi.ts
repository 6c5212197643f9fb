import { type Access, type Endpoint, isInternal } from './endpoint'
import { endpointsByName } from './endpoints'
import { headers, idempotencyKey, responses, securitySchemes } from './openapi-components'
import { createSchemas, type JsonSchema } from './openapi-schemas'
import { problemDocument } from './problem'

type Json = Record<string, unknown>

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument extends Json {
  tags: { name: string; description: string }[]
  paths: Record<string, Json>
  components: { schemas: Record<string, JsonSchema>; [kind: string]: Json }
}

const tags = {
  auth: ['Accounts', 'Opening an account, signing in, and who may do what.'],
  product: ['Products', 'The catalogue and its stock.'],
  cart: ['Carts', 'The cart of a user, or of a guest who keeps an `X-Cart-Token`.'],
  order: ['Orders', 'From placing to delivery.'],
  payment: ['Payments', 'Paying for an order, and what became of each try.'],
  webhook: ['Webhooks', 'Where payment providers report to. Nobody else calls these.'],
} as const

const description = `
- **JSON**, camelCase, UUIDs, ISO 8601 times in UTC. Amounts of money are numbers in major units with at most two decimals.
- **Sign in** with \`POST /api/auth/login\` and send \`Authorization: Bearer <token>\`.
- **Errors** are problem documents (RFC 9457) with a stable \`code\` and the \`requestId\` that support can search for.
- **Lists** take \`page\` and \`limit\`, or the \`cursor\` that the page before named as \`nextCursor\`.
- **Idempotency-Key**: the same key and body give the first answer again for 24 hours, so a request can be sent twice safely.
- **Limits**: \`RateLimit\` and \`RateLimit-Policy\` tell where you stand; a 429 says in \`Retry-After\` when to come back.
`.trim()

/** Describes every public endpoint, from the schemas that check requests and answers. */
export function createOpenApi(): OpenApiDocument {
  const schemas = createSchemas()
  const paths: Record<string, Json> = {}
  for (const [name, endpoint] of endpointsByName) {
    for (const [index, path] of endpoint.publicPaths.entries()) {
      const at = path.replace(/:(\w+)/g, '{$1}')
      const operationId = index === 0 ? name : `${name}Alias${index > 1 ? index : ''}`
      paths[at] = {
        ...paths[at],
        [endpoint.method.toLowerCase()]: describeOperation(schemas, operationId, endpoint, index > 0),
      }
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Duka',
      version: '1',
      summary: 'The public API of the shop.',
      description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: Object.values(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: { ...schemas.components, Problem: schemas.output(problemDocument) },
      responses,
      headers,
      securitySchemes,
      parameters: { idempotencyKey },
    },
  }
}

type Schemas = ReturnType<typeof createSchemas>

function describeOperation(schemas: Schemas, operationId: string, endpoint: Endpoint, isAlias: boolean): Json {
  const { access, service, path, publicPaths, summary, idempotent } = endpoint
  const [tag] = tags[path.startsWith('/api/webhook/') ? 'webhook' : (service as keyof typeof tags)]
  const parameters = [
    ...(endpoint.params ? schemas.parameters(endpoint.params) : []).map((each) => ({
      ...each,
      in: 'path',
      required: true,
    })),
    ...(endpoint.query ? schemas.parameters(endpoint.query) : []).map((each) => ({ ...each, in: 'query' })),
    ...(idempotent ? [{ $ref: '#/components/parameters/idempotencyKey' }] : []),
  ]
  const permission = typeof access === 'object' && 'permission' in access ? access.permission : undefined
  const remarks = [
    ...(isAlias ? [`The same as \`${endpoint.method} ${publicPaths[0]}\`, which is the name to use.`] : []),
    ...(permission ? [`Needs the permission \`${permission}\`.`] : []),
  ]
  return {
    operationId,
    tags: [tag],
    summary: isAlias ? `${summary} (another path of ${publicPaths[0]})` : summary,
    ...(remarks.length > 0 ? { description: remarks.join(' ') } : {}),
    security: securityOf(access),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...describeBody(schemas, endpoint),
    responses: { [endpoint.status]: describeAnswer(schemas, endpoint), ...problemsOf(endpoint) },
  }
}

function describeBody(schemas: Schemas, { body, rawBody, upload }: Endpoint): Json {
  if (upload) return { requestBody: { required: true, content: uploadOf(upload.contentTypes) } }
  // What a provider sends is its own affair; its bytes are kept as they come.
  if (rawBody) return { requestBody: { content: { 'application/json': { schema: { type: 'object' } } } } }
  if (!body) return {}
  const required = !body.safeParse(undefined).success
  return { requestBody: { required, content: { 'application/json': { schema: schemas.input(body) } } } }
}

function uploadOf(contentTypes: readonly string[]): Json {
  const form = { type: 'object', required: ['file'], properties: { file: { type: 'string', format: 'binary' } } }
  return Object.assign(
    {},
    ...contentTypes.map((type) => (type === 'multipart/form-data' ? { [type]: { schema: form } } : fileOf(type))),
  )
}

/** A file has no schema but its media type. */
function fileOf(contentType: string): Json {
  return { [contentType]: { schema: { type: 'string' } } }
}

function describeAnswer(schemas: Schemas, { response, status, access, idempotent, download }: Endpoint): Json {
  const content = download ? fileOf(download) : { 'application/json': { schema: schemas.output(response) } }
  const more = {
    ...(access === 'guest' ? { 'X-Cart-Token': { $ref: '#/components/headers/X-Cart-Token' } } : {}),
    ...(idempotent ? { 'Idempotency-Replayed': { $ref: '#/components/headers/Idempotency-Replayed' } } : {}),
  }
  return {
    description: status === 204 ? 'Done; there is nothing to say.' : 'Success.',
    headers: { 'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' }, ...more },
    ...(status === 204 ? {} : { content }),
  }
}

/** Who may call. An empty requirement stands for nobody in particular. */
function securityOf(access: Access): Json[] {
  if (access === 'anyone' || isInternal(access)) return []
  return access === 'guest' ? [{ bearer: [] }, { cartToken: [] }, {}] : [{ bearer: [] }]
}

function problemsOf({ access, params, query, body, upload, idempotent }: Endpoint): Json {
  const names: [boolean, number][] = [
    [Boolean(query || body || upload || idempotent), 400],
    [access !== 'anyone', 401],
    [typeof access === 'object', 403],
    [Boolean(params), 404],
    [idempotent, 409],
    [idempotent, 422],
    [true, 429],
    [true, 503],
  ]
  const refs = names
    .filter(([applies]) => applies)
    .map(([, status]) => [status, { $ref: `#/components/responses/${status}` }])
  return { ...Object.fromEntries(refs), default: { $ref: '#/components/responses/default' } }
}
