import { createOpenApi, type OpenApiDocument } from '@duka/contracts/openapi'

const problem = { $ref: '#/components/responses/default' }
const tags = ['Gateway']

function json(description: string, properties: Record<string, unknown>) {
  return { description, content: { 'application/json': { schema: { type: 'object', properties } } } }
}

/** What the gateway answers itself. */
const ownPaths = {
  '/health': {
    get: {
      operationId: 'readHealth',
      tags,
      summary: 'Whether the gateway lives',
      security: [],
      responses: { 200: json('It does.', { status: { type: 'string' } }), default: problem },
    },
  },
  '/ready': {
    get: {
      operationId: 'readReadiness',
      tags,
      summary: 'Whether all services can do their work, with the state of each',
      security: [],
      responses: {
        200: json('They can.', { status: { type: 'string' }, services: { type: 'object' } }),
        503: { $ref: '#/components/responses/503' },
        default: problem,
      },
    },
  },
}

/** The whole public API as an OpenAPI document. Pictures are no part of it: a product's `imageUrl` names them. */
export function describeApi(): OpenApiDocument {
  const document = createOpenApi()
  return {
    ...document,
    tags: [...document.tags, { name: 'Gateway', description: 'For those who run the shop.' }],
    paths: { ...document.paths, ...ownPaths },
  }
}
