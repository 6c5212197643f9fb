import { createHash } from 'node:crypto'
import { roleHas } from '@duka/contracts'
import { type Answered, answered, type User } from '@duka/kit'
import { hasAlready } from '@duka/kit/not-modified'
import type { Request, Response } from 'express'
import type { Deps } from './deps'
import type { MadeAnswer } from './keep-answers'

interface Read {
  user: User | null
  request: Request
  response: Response
}

/**
 * For browsers and shared caches. Together with what is kept here (keep-answers.ts) it bounds what a client may see:
 * two seconds after a change by this instance, five after one by another.
 */
const maxAgeSeconds = 2

/** Answers a public read with bytes that are kept. Who edits the catalogue sees it as it is. */
export async function answerRead(
  { answers }: Pick<Deps, 'answers'>,
  { user, request, response }: Read,
  key: string,
  make: () => Promise<MadeAnswer>,
): Promise<Answered> {
  const isFresh = isEditor(user)
  const { etag, body, isKept } = isFresh ? await make() : await answers.get(key, make)
  const scope = request.headers.authorization === undefined ? 'public' : 'private'
  response.setHeader('ETag', etag)
  response.setHeader('Cache-Control', isFresh || !isKept ? 'private, no-cache' : `${scope}, max-age=${maxAgeSeconds}`)
  response.setHeader('Vary', 'Authorization')
  if (hasAlready(request.headers['if-none-match'], etag)) response.status(304).end()
  else response.type('json').send(body)
  return answered
}

/** Whether somebody edits the catalogue, and so sees it as it is, withdrawn products included. */
export function isEditor(user: User | null): boolean {
  return user !== null && roleHas(user.role, 'products:write')
}

/** A tag that is another one for other bytes. */
export function digest(body: string | Buffer): string {
  return createHash('sha256').update(body).digest('base64url').slice(0, 22)
}
