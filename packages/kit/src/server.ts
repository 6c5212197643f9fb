import { Readable } from 'node:stream'
import type { AnswerOf, Endpoint, InputOf, ServiceName } from '@duka/contracts'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import type { Sequelize } from 'sequelize'
import type { z } from 'zod'
import { identify, requirePermission } from './access'
import { openUpload, readJsonBody, readRawBody } from './body'
import { currentRequestId, currentTrace, type RequestContext, requestIdFrom, runInContext, traceOf } from './context'
import { notFound, Problem, validationFailed } from './errors'
import { checkExpectation } from './expectation'
import { exposeMetrics } from './expose-metrics'
import { type Answer, type Claim, hashRequest, keyedPath, parseIdempotencyKey, runOnce } from './idempotency'
import { allowLag, lagHeader, maxLagHeader, readMaxLag } from './lag'
import { isClosing } from './lifecycle'
import { errorFields, type Log, logsRequests } from './log'
import { methodNotAllowed } from './methods'
import { problemWriter } from './problem-writer'
import type { Proof } from './proof'
import { requestBegan, requestEnded } from './time-requests'
import { endRequestSpan, startRequestSpan } from './trace-requests'
import type { User, VerifyUser } from './user-tokens'

type UserOf<A> = A extends 'user' | { permission: unknown } ? User : A extends 'guest' ? User | null : null
type AccessOf<E> = E extends { access: infer A } ? A : never

/** A request that was let in: validated input, and who it is from. */
export type Call<E extends Endpoint> = InputOf<E> & {
  user: UserOf<AccessOf<E>>
  caller: ServiceName | null
  /** The bytes that came, where the contract wants them. */
  raw: Buffer
  /** The file that comes, where the contract wants one; empty otherwise. */
  upload: Readable
  /** The claimed Idempotency-Key, where the caller sent one. */
  claim: Claim | null
  request: Request
  response: Response
}

/** What a handler gives that has sent its answer itself, as bytes that it had. */
export const answered = Symbol('answered')

export type Answered = typeof answered

type Given<E extends Endpoint> = AnswerOf<E> | Answered

type Handler<E extends Endpoint> = (call: Call<E>) => Promise<Given<E>> | Given<E>

/** An endpoint and what serves it. */
export interface Route {
  contract: Endpoint
  handle: Handler<Endpoint>
  /** Looks the thing in the path up before the body is judged, so that somebody else's id is a 404 whatever comes with it. */
  find: Handler<Endpoint> | undefined
}

export function route<E extends Endpoint>(
  contract: E,
  handle: Handler<E>,
  find?: (call: Pick<Call<E>, 'params' | 'user' | 'request'>) => Promise<unknown>,
): Route {
  return { contract, handle: handle as unknown as Handler<Endpoint>, find: find as Handler<Endpoint> | undefined }
}

export interface ServiceApp {
  log: Log
  routes: readonly Route[]
  verifyUser: VerifyUser
  proof: Proof
  /** Where Idempotency-Keys are kept. */
  database: Sequelize
  /** Throws where the service cannot do its work just now. */
  checkReady: () => Promise<unknown>
  /** Proxies in front that may be believed about the client's address. */
  trustedHops?: number
  /** Mounts what is no JSON endpoint, such as files. */
  mount?: (app: Express) => void
}

/** An Express app that serves contracts: ids, access, validation, problem documents, health, metrics. */
export function createServiceApp(options: ServiceApp): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.enable('case sensitive routing')
  app.enable('strict routing')
  app.set('trust proxy', options.trustedHops ?? 1)
  app.use(withRequestContext(options.log))
  app.get('/health', (_request, response) => void response.json({ status: 'ok' }))
  app.get('/ready', answerReadiness(options))
  app.get('/metrics', exposeMetrics(options.proof.name))
  for (const path of ['/health', '/ready', '/metrics']) app.all(path, methodNotAllowed(['GET']))
  options.mount?.(app)
  mountRoutes(app, options)
  app.use(() => {
    throw notFound('path')
  })
  app.use(problemWriter(options.log))
  return app
}

function answerReadiness({ checkReady, log }: ServiceApp) {
  return async (request: Request, response: Response): Promise<void> => {
    if (isClosing(request)) throw notReady('This service is about to stop.')
    try {
      await checkReady()
    } catch (error) {
      log.warn('not_ready', errorFields(error))
      throw notReady('This service cannot do its work at the moment.')
    }
    response.json({ status: 'ready' })
  }
}

function notReady(detail: string): Problem {
  return new Problem(503, 'not_ready', detail, { headers: { 'Retry-After': '2' } })
}

function mountRoutes(app: Express, options: ServiceApp): void {
  const byPath = groupByPath(options.routes)
  for (const [path, routes] of byPath) {
    for (const { contract, handle, find } of routes) {
      const method = contract.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete'
      app[method](path, (request, response) => serve(options, { contract, handle, find }, request, response))
    }
    app.all(path, methodNotAllowed(routes.map(({ contract }) => contract.method)))
  }
}

/** Fixed paths first: `/products/categories` is no product's id. */
function groupByPath(routes: readonly Route[]): [string, Route[]][] {
  const groups = new Map<string, Route[]>()
  for (const route of routes) groups.set(route.contract.path, [...(groups.get(route.contract.path) ?? []), route])
  return [...groups].sort(([a], [b]) => Number(a.includes(':')) - Number(b.includes(':')))
}

/** The order of answers: 401, 404 for a bad id or somebody else's thing, 403, 400. */
async function serve(options: ServiceApp, route: Route, request: Request, response: Response): Promise<void> {
  const { contract, handle, find } = route
  forbidStoring(contract, response)
  const identity = await identify(options, contract.access, request)
  const params = contract.params ? parseParams(contract.params, request.params) : undefined
  requirePermission(contract.access, identity.user)
  const early = { ...identity, params, request, response } as unknown as Call<Endpoint>
  if (find) await find(early)
  const raw = contract.rawBody ? await readRawBody(request, response) : Buffer.alloc(0)
  const upload = contract.upload ? await openUpload(request, response, contract.upload) : Readable.from([])
  const query = contract.query ? parseInput(contract.query, withoutEmpty(request.query), '') : undefined
  const sent = contract.body ? await readJsonBody(request, response) : undefined
  const body = contract.body ? parseInput(contract.body, sent, '') : undefined
  const run = (claim: Claim | null) => handle({ ...early, raw, upload, query, body, claim } as Call<Endpoint>)
  const answer = await allowLagOf(contract, early, () => runForKey(options, contract, early, sent, run))
  if (answer.replayed) response.setHeader('Idempotency-Replayed', 'true')
  send(response, answer)
}

/**
 * What is not for anyone belongs into nobody's cache, nor do the answers to what changes something, which hold tokens at
 * times (RFC 6749, 5.1). A handler whose answer may be kept says so itself.
 */
function forbidStoring({ access, method }: Endpoint, response: Response): void {
  if (access !== 'anyone' || method !== 'GET') response.setHeader('Cache-Control', 'no-store')
}

/** Lists may show what was a while ago, as far as the gateway allows it; it is told how long ago. */
async function allowLagOf<T>(contract: Endpoint, { request, response }: Call<Endpoint>, work: () => Promise<T>) {
  const maxLagMs = contract.mayLag ? readMaxLag(request.get(maxLagHeader)) : 0
  if (maxLagMs === 0) return work()
  const tell = (asOf: number) => {
    if (!response.headersSent) response.setHeader(lagHeader, Math.ceil(performance.now() - asOf))
  }
  return (await allowLag(maxLagMs, work, tell)).value
}

/** A conflict is what came of an executed request, so its key keeps it; one that says when to try again came of none. */
function isOutcome({ status, headers }: Problem): boolean {
  return (status === 409 || status === 422) && headers['Retry-After'] === undefined
}

async function runForKey(
  options: ServiceApp,
  contract: Endpoint,
  { user, params, request, response }: Call<Endpoint>,
  sent: unknown,
  run: (claim: Claim | null) => unknown,
): Promise<Answer & { replayed: boolean }> {
  const header = request.get('idempotency-key')
  if (!contract.idempotent || !user || header === undefined) {
    return { status: contract.status, body: await run(null), replayed: false }
  }
  const path = keyedPath(contract, params, request.originalUrl)
  const scope = { userId: user.id, method: contract.method, path, key: parseIdempotencyKey(header) }
  return runOnce(options.database, scope, hashRequest(sent), async (claim) => {
    try {
      return { status: contract.status, body: await run(claim), isSecret: contract.secretAnswer }
    } catch (error) {
      if (error instanceof Problem && isOutcome(error)) {
        response.set(error.headers)
        return { status: error.status, body: error.toDocument(currentRequestId() ?? '', currentTrace()?.traceId) }
      }
      throw error
    }
  })
}

/** A handler may have begun the answer, to show that it lives, or given it whole, as a file. */
function send(response: Response, { status, body }: Answer): void {
  if (response.writableEnded) return
  if (response.headersSent) {
    response.end(JSON.stringify(body))
    return
  }
  response.status(status)
  if (body === undefined) response.end()
  else response.type(status < 400 ? 'application/json' : 'application/problem+json').send(JSON.stringify(body))
}

function parseParams(schema: z.ZodType, params: unknown): unknown {
  const result = schema.safeParse(params)
  if (result.success) return result.data
  throw notFound()
}

/** A form sends its empty fields too: an empty filter is none. */
function withoutEmpty(query: Request['query']): Request['query'] {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''))
}

function parseInput(schema: z.ZodType, input: unknown, prefix: string): unknown {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  throw validationFailed(
    result.error.issues.map(({ path, message }) => ({ path: prefix + path.map(String).join('.'), message })),
  )
}

/** Gives every request an id and a trace, answers with the id, times it, and writes one line when it is done. */
export function withRequestContext(log: Log) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const startedAt = requestBegan()
    const requestId = requestIdFrom(request.get('x-request-id'))
    response.setHeader('X-Request-Id', requestId)
    const span = startRequestSpan(request)
    response.once('close', () => {
      const path = patternOf(request)
      requestEnded(startedAt, request, response, path)
      if (span) endRequestSpan(span, request, response, path)
    })
    const context = { requestId, traceparent: request.get('traceparent'), span }
    if (logsRequests(log)) logWhenDone(log, context, request, response)
    runInContext(context, () => {
      checkExpectation(request)
      next()
    })
  }
}

function logWhenDone(log: Log, context: RequestContext, request: Request, response: Response): void {
  const startedAt = performance.now()
  response.on('finish', () => {
    const ms = Math.round((performance.now() - startedAt) * 10) / 10
    const path = patternOf(request) ?? null
    const { requestId } = context
    const { traceId } = traceOf(context)
    log.http('request', { requestId, traceId, method: request.method, path, status: response.statusCode, ms })
  })
}

/** The pattern that the request's path met, if any did. */
function patternOf(request: Request): string | undefined {
  return (request.route as { path: string } | undefined)?.path
}
