import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { RequestHandler } from 'express'
import helmet, { type HelmetOptions } from 'helmet'
import { exchangeOf } from './exchange'
import { picturesPath } from './routes'

const hstsSeconds = 365 * 24 * 60 * 60

/** An answer that is data: a browser that takes it for a page loads, runs and frames nothing. */
const forData = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
    },
  },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  frameguard: { action: 'deny' },
  // These concern pages, and browsers of long ago; each costs every answer.
  crossOriginOpenerPolicy: false,
  xXssProtection: false,
  originAgentCluster: false,
  dnsPrefetchControl: false,
  ieNoOpen: false,
  permittedCrossDomainPolicies: false,
} satisfies HelmetOptions

/** SVG pictures style themselves, run no script even when opened by themselves, and any page may show them. */
const forPictures = {
  ...forData,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], styleSrc: ["'unsafe-inline'"], sandbox: [] },
  },
  crossOriginResourcePolicy: { policy: 'cross-origin' },
} satisfies HelmetOptions

/** Helmet's headers. They never change, so they are worked out once. */
export function secureHeaders(behindTls: boolean): RequestHandler {
  const hsts = behindTls ? { maxAge: hstsSeconds, includeSubDomains: true } : false
  const dataHeaders = headersOf({ ...forData, hsts })
  const pictureHeaders = headersOf({ ...forPictures, hsts })
  return (_request, response, next) => {
    const headers = exchangeOf(response).route?.pattern === picturesPath ? pictureHeaders : dataHeaders
    for (const [name, value] of headers) response.setHeader(name, value)
    next()
  }
}

function headersOf(options: HelmetOptions): [string, string][] {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  helmet(options)(response.req, response, () => undefined)
  return Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)])
}
