import type { ProblemDocument } from '@duka/contracts'

interface Details {
  /** Extension members of the document, such as `available` of an `insufficient_stock`. */
  extra?: Record<string, unknown>
  headers?: Record<string, string>
}

/** An answer that is an error by the shop's rules: thrown by a use case, written once, by the app's error handler. */
export class Problem extends Error {
  readonly extra: Record<string, unknown>
  readonly headers: Record<string, string>

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    { extra = {}, headers = {} }: Details = {},
  ) {
    super(`${status} ${code}: ${detail}`)
    this.name = new.target.name
    this.extra = extra
    this.headers = headers
  }

  toDocument(requestId: string, traceId?: string): ProblemDocument {
    return {
      type: 'about:blank',
      title: titles[this.status] ?? 'Error',
      status: this.status,
      detail: this.detail,
      code: this.code,
      requestId,
      ...(traceId === undefined ? {} : { traceId }),
      ...this.extra,
    }
  }
}

/** With `about:blank` the title is the status phrase (RFC 9457, 4.2.1). */
const titles: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  417: 'Expectation Failed',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** Somebody else's thing and a thing that does not exist are one answer, so that ids cannot be probed. */
export function notFound(what = 'resource'): Problem {
  return new Problem(404, 'not_found', `There is no such ${what}.`)
}

export function unauthorized(detail: string): Problem {
  return new Problem(401, 'unauthorized', detail, { headers: { 'WWW-Authenticate': 'Bearer' } })
}

export function validationFailed(errors: { path: string; message: string }[]): Problem {
  const first = errors[0]
  const detail = first ? `${first.path || 'body'}: ${first.message}` : 'The request is not valid.'
  return new Problem(400, 'validation_failed', detail, { extra: { errors } })
}

/**
 * Another service did not answer. `sent` is false where the request certainly never reached it; otherwise what it
 * did is unknown, and only asking again (or undoing by id) tells.
 */
export class RemoteUnavailable extends Problem {
  constructor(
    readonly target: string,
    readonly sent: boolean,
    readonly timedOut: boolean,
    readonly reason: string,
  ) {
    super(
      timedOut ? 504 : 503,
      timedOut ? 'upstream_timeout' : 'service_unavailable',
      'A part of the shop does not answer at the moment. Please try again shortly.',
      { headers: { 'Retry-After': '2' } },
    )
  }
}

/** Another service answered, and refused: its status, code and whole problem document. */
export class RemoteRefused extends Error {
  constructor(
    readonly target: string,
    readonly status: number,
    readonly code: string,
    readonly document: Record<string, unknown>,
  ) {
    super(`${target} refused: ${status} ${code}`)
    this.name = 'RemoteRefused'
  }
}
