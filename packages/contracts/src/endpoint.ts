import type { z } from 'zod'
import type { Permission } from './permissions'
import type { ServiceName } from './services'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * Who may call an endpoint. `anyone`: no token is looked at. `guest`: a token is optional, but a bad one is still
 * refused. `user`: any signed-in user. A permission: a user whose role has it. Services: callers that prove their name.
 */
export type Access = 'anyone' | 'guest' | 'user' | { permission: Permission } | { services: readonly ServiceName[] }

type Schema = z.ZodType | undefined

/** One endpoint, as the server, its callers, the tests and the OpenAPI document all read it. */
export interface Endpoint<
  P extends Schema = Schema,
  Q extends Schema = Schema,
  B extends Schema = Schema,
  R = unknown,
  A extends Access = Access,
> {
  service: ServiceName
  method: Method
  /** The path on the service's own port; parameters as `:name`. */
  path: string
  /** The paths under which the gateway offers it; none for an internal endpoint. */
  publicPaths: readonly string[]
  summary: string
  access: A
  /** The status of success. */
  status: number
  params: P
  query: Q
  body: B
  response: z.ZodType<R>
  /** Takes an `Idempotency-Key` header. */
  idempotent: boolean
  /** The answer holds a secret that is kept nowhere: for the same `Idempotency-Key` it is made again. */
  secretAnswer: boolean
  /** The body is handed on as the bytes that came, because a signature or a digest covers them. */
  rawBody: boolean
  /** The body is a file, which is handed on as a stream and may be larger than other bodies. */
  upload: FileBody | undefined
  /** The media type of an answer that is a file: it is streamed, and `response` does not describe it. */
  download: string | undefined
  /** A list or report, on which nothing is decided: it may be read where it is a moment old. */
  mayLag: boolean
}

export interface FileBody {
  /** The types that it may be sent as. `multipart/form-data` stands for a form with the file in it. */
  contentTypes: readonly string[]
  maxBytes: number
}

interface Definition<P extends Schema, Q extends Schema, B extends Schema, R, A extends Access> {
  service: ServiceName
  method: Method
  path: string
  publicPaths?: readonly string[]
  summary: string
  access: A
  status?: number
  params?: P
  query?: Q
  body?: B
  response: z.ZodType<R>
  idempotent?: boolean
  secretAnswer?: boolean
  rawBody?: boolean
  upload?: FileBody
  download?: string
  mayLag?: boolean
}

/** Declares an endpoint. Without `publicPaths` the gateway offers it under its own path, unless only services may call it. */
export function endpoint<
  R,
  P extends Schema = undefined,
  Q extends Schema = undefined,
  B extends Schema = undefined,
  const A extends Access = Access,
>(definition: Definition<P, Q, B, R, A>): Endpoint<P, Q, B, R, A> {
  return {
    status: 200,
    idempotent: false,
    secretAnswer: false,
    rawBody: false,
    mayLag: false,
    ...definition,
    publicPaths: definition.publicPaths ?? (isInternal(definition.access) ? [] : [definition.path]),
    params: definition.params as P,
    query: definition.query as Q,
    body: definition.body as B,
    upload: definition.upload,
    download: definition.download,
  }
}

/** True where only other services may call. */
export function isInternal(access: Access): access is { services: readonly ServiceName[] } {
  return typeof access === 'object' && 'services' in access
}

type In<S> = S extends z.ZodType ? z.input<S> : undefined
type Out<S> = S extends z.ZodType ? z.output<S> : undefined

/** What a caller sends. */
export type RequestOf<E> =
  E extends Endpoint<infer P, infer Q, infer B, unknown>
    ? OmitUndefined<{ params: In<P>; query: In<Q>; body: In<B> }>
    : never

/** What a handler receives once the request is validated. */
export type InputOf<E> =
  E extends Endpoint<infer P, infer Q, infer B, unknown> ? { params: Out<P>; query: Out<Q>; body: Out<B> } : never

/** The answer of a success. */
export type AnswerOf<E> = E extends Endpoint<Schema, Schema, Schema, infer R> ? R : never

type OmitUndefined<T> = { [K in keyof T as T[K] extends undefined ? never : K]: T[K] }
