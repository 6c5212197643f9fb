import { isUtf8 } from 'node:buffer'
import { type Readable, Transform } from 'node:stream'
import type { FileBody } from '@duka/contracts'
import express, { type Request, type RequestHandler, type Response } from 'express'
import { Problem } from './errors'
import { readFormFile } from './read-form-file'
import { allowSlowBody } from './slow-bodies'

const maxJson = '200kb'
const maxRaw = '100kb'

const parseJson = { run: express.json({ limit: maxJson, strict: true, verify: requireUtf8 }), limit: maxJson }
const parseRaw = { run: express.raw({ limit: maxRaw, type: () => true }), limit: maxRaw }

/** The parser would take any charset that is named utf-something, and put U+FFFD where bytes make no sense. */
function requireUtf8(_request: unknown, _response: unknown, bytes: Buffer, charset: string): void {
  if (charset !== 'utf-8') throw Object.assign(new Error('Another charset'), { status: 415 })
  if (!isUtf8(bytes)) throw Object.assign(new Error('Not UTF-8'), { type: 'entity.parse.failed' })
}

/** Many clients write it without its hyphen, which the parser takes for another charset. */
function nameCharset({ headers }: Request): void {
  headers['content-type'] = headers['content-type']?.replace(/(;\s*charset\s*=\s*"?)utf8\b/i, '$1utf-8')
}

/** Reads a JSON body: undefined where none came. Throws a 400 or 413 Problem. */
export async function readJsonBody(request: Request, response: Response): Promise<unknown> {
  nameCharset(request)
  await runParser(parseJson, request, response)
  if (request.body === undefined && hasBody(request)) throw notJson('Send it with Content-Type: application/json.')
  return request.body
}

/** Reads the bytes of a body, whatever it says it is. */
export async function readRawBody(request: Request, response: Response): Promise<Buffer> {
  await runParser(parseRaw, request, response)
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
}

const formType = 'multipart/form-data'

/**
 * A file as it comes, alone or in a form. It fails with a 413 Problem once it is too large, and where the client goes away.
 */
export async function openUpload(request: Request, response: Response, file: FileBody): Promise<Readable> {
  const { contentTypes, maxBytes } = file
  const type = request.is([...contentTypes])
  if (!type) {
    throw new Problem(415, 'unsupported_media_type', `Send the file with Content-Type: ${contentTypes.join(', or ')}.`)
  }
  requirePlain(request)
  const limit = `${maxBytes} bytes`
  if (Number(request.get('content-length') ?? 0) > maxBytes) throw tooLarge(limit)
  allowSlowBody(request)
  let total = 0
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      total += chunk.length
      done(total > maxBytes ? tooLarge(limit) : null, chunk)
    },
  })
  // What nobody reads any more is dropped, so that the client gets to read the answer.
  counted.once('error', () => request.unpipe().resume())
  request.once('aborted', () => counted.destroy(notWhole()))
  response.once('close', () => counted.destroy())
  if (type === formType) return readFormFile(request, request.pipe(counted))
  return request.pipe(counted)
}

/** A file is read as the bytes that come. */
function requirePlain(request: Request): void {
  const encoding = request.get('content-encoding') ?? 'identity'
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(request.get('content-type') ?? '') ?? []
  if (encoding.toLowerCase() === 'identity' && /^utf-?8$/i.test(charset)) return
  throw new Problem(415, 'unsupported_media_type', 'Send the file in UTF-8, and not compressed.')
}

function tooLarge(limit: string): Problem {
  return new Problem(413, 'payload_too_large', `A body may have at most ${limit}.`)
}

function notWhole(): Problem {
  return new Problem(400, 'invalid_body', 'The body did not arrive whole.')
}

function hasBody(request: Request): boolean {
  return request.get('transfer-encoding') !== undefined || Number(request.get('content-length') ?? 0) > 0
}

interface Parser {
  run: RequestHandler
  limit: string
}

function runParser({ run, limit }: Parser, request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    run(request, response, (error?: unknown) => (error ? reject(asProblem(error, limit)) : resolve()))
  })
}

function notJson(detail: string): Problem {
  return new Problem(400, 'invalid_json', `The body is not JSON. ${detail}`)
}

/** body-parser's errors, by their documented `type`. */
function asProblem(error: unknown, limit: string): unknown {
  const { type, status } = error as { type?: string; status?: number }
  if (type === 'entity.too.large') return tooLarge(limit)
  if (type === 'entity.parse.failed') return notJson('Check it for missing quotes, brackets or commas.')
  if (status === 415) return new Problem(415, 'unsupported_media_type', 'Send the body as UTF-8 JSON.')
  if (status === 400) return notWhole()
  return error
}
