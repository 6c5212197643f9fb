type Json = Record<string, unknown>

const requestIdHeader = { 'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' } }
const retryAfterHeader = { 'Retry-After': { $ref: '#/components/headers/Retry-After' } }

function problemResponse(description: string, more: Json = {}): Json {
  const schema = { $ref: '#/components/schemas/Problem' }
  return { description, headers: { ...requestIdHeader, ...more }, content: { 'application/problem+json': { schema } } }
}

/** Shared parts of the document that no contract says. */
export const responses = {
  400: problemResponse('The request is not valid; `errors` says where.'),
  401: problemResponse('There is no token, or it is not valid any more.'),
  403: problemResponse('This account may not do this.'),
  404: problemResponse('There is no such thing, or it is somebody else’s.'),
  409: problemResponse(
    'It contradicts the state of things, or the first request with this key is still running.',
    retryAfterHeader,
  ),
  422: problemResponse('It is understood but cannot be done, or this key came with another body before.'),
  429: problemResponse('Too many requests.', {
    ...retryAfterHeader,
    RateLimit: { $ref: '#/components/headers/RateLimit' },
    'RateLimit-Policy': { $ref: '#/components/headers/RateLimit-Policy' },
  }),
  503: problemResponse(
    'A part of the shop does not answer. What has an Idempotency-Key can be sent again.',
    retryAfterHeader,
  ),
  default: problemResponse('Any other problem; its `code` says which.'),
}

function header(description: string, type: 'string' | 'integer' | 'boolean' = 'string'): Json {
  return { description, schema: { type } }
}

export const headers = {
  'X-Request-Id': header('Names this request in our logs.'),
  'X-Cart-Token': header('Names the cart of a guest; send it back with every call about the cart.'),
  'Idempotency-Replayed': header(
    'Present where this is the answer to an earlier request with the same key.',
    'boolean',
  ),
  'Retry-After': header('Seconds after which to try again.', 'integer'),
  RateLimit: header('What is left of each limit: r requests in the next t seconds.'),
  'RateLimit-Policy': header('Each limit: q requests in a window of w seconds.'),
}

export const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The `token` of a login.' },
  cartToken: { type: 'apiKey', in: 'header', name: 'X-Cart-Token', description: 'Names the cart of a guest.' },
}

export const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'Chosen by the client, one for each thing that is meant to happen once.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
}
