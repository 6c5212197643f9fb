import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { uuidv7 } from 'uuidv7'

export interface RequestContext {
  requestId: string
}

const storage = new AsyncLocalStorage<RequestContext>()

/** Runs work under a request id, which its log lines, calls and jobs then carry. */
export function runInContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work)
}

export function currentRequestId(): string | undefined {
  return storage.getStore()?.requestId
}

/** A time-ordered id (UUID version 7), so that indexes stay local. */
export function newId(): string {
  return uuidv7()
}

const sane = /^[A-Za-z0-9._-]{1,128}$/

/** A request id that a caller sent, if it can be logged as it is; otherwise a random one, which costs less than an ordered one. */
export function requestIdFrom(header: string | undefined): string {
  return header && sane.test(header) ? header : randomUUID()
}
