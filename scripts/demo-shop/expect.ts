import { setTimeout as sleep } from 'node:timers/promises'
import type { ProblemDocument } from '@duka/contracts'
import { OperatorError } from '../operator-error'
import { type Answer, describeAnswer } from './shop-client'

const pollMs = 250

/** Throws one line with what was expected and what was seen, unless they are the same. */
export function expectSame(what: string, seen: unknown, expected: unknown): void {
  if (seen !== expected) throw new OperatorError(`${what}: expected ${show(expected)}, seen ${show(seen)}`)
}

export function expectThat(isTrue: boolean, what: string, expected: string, seen: unknown): void {
  if (!isTrue) throw new OperatorError(`${what}: expected ${expected}, seen ${show(seen)}`)
}

/** The answer's body, where its status is the expected one. */
export function expectStatus<T>(answer: Answer<T>, status: number): T {
  expectThat(answer.status === status, answer.call, `status ${status}`, describeAnswer(answer))
  return answer.body
}

/** The problem document that an error has to be: RFC 9457, with a code and the request's id. */
export function expectProblem(answer: Answer<unknown>, status: number, code?: string): ProblemDocument {
  const problem = expectStatus(answer, status) as ProblemDocument | undefined
  const type = answer.headers.get('content-type') ?? 'none'
  expectThat(
    type.startsWith('application/problem+json'),
    `${answer.call}: content type`,
    'application/problem+json',
    type,
  )
  expectSame(`${answer.call}: status in the problem document`, problem?.status, status)
  for (const name of ['type', 'title', 'code', 'requestId'] as const) {
    expectThat(typeof problem?.[name] === 'string', `${answer.call}: ${name}`, 'a text', problem?.[name])
  }
  expectSame(`${answer.call}: requestId`, problem?.requestId, answer.headers.get('x-request-id'))
  if (code) expectSame(`${answer.call}: code`, problem?.code, code)
  return problem as ProblemDocument
}

export interface Wait<T> {
  what: string
  expected: string
  timeoutSeconds: number
  look: () => Promise<T>
  isThere: (seen: T) => boolean
  show?: (seen: T) => unknown
}

/** Looks again and again until what it sees is there; throws what it saw last when the time is over. */
export async function waitFor<T>({
  what,
  expected,
  timeoutSeconds,
  look,
  isThere,
  show = String,
}: Wait<T>): Promise<T> {
  const giveUpAt = Date.now() + timeoutSeconds * 1000
  for (;;) {
    const seen = await look()
    if (isThere(seen)) return seen
    expectThat(Date.now() < giveUpAt, what, `${expected} within ${timeoutSeconds} s`, show(seen))
    await sleep(pollMs)
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
}
