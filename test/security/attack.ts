import type { World } from './world'

const json = { 'Content-Type': 'application/json' }

type Sent = { raw?: string | Buffer; token?: string | undefined; headers?: Record<string, string> }

/** The answer, which is never our own failure, and where it is a refusal, one of the contract's form. */
export async function attack({ shop }: World, method: string, path: string, { raw, token, headers }: Sent) {
  const response = await fetch(shop.url + path, {
    method,
    headers: { ...(raw !== undefined && json), ...(token && { Authorization: `Bearer ${token}` }), ...headers },
    ...(raw !== undefined && { body: raw }),
  })
  const text = await response.text()
  const { status } = response
  const wrong = (what: string) =>
    `${what}: ${method} ${path.slice(0, 300)} ${String(raw).slice(0, 500)} → ${status} ${text.slice(0, 300)}`
  if (status >= 500) return { status, wrong: wrong('a failure of ours') }
  if (status < 400) return { status }
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json')
  const problem = isProblem ? (JSON.parse(text) as Record<string, unknown>) : {}
  const isWhole =
    problem.status === status && problem.code && problem.requestId === response.headers.get('x-request-id')
  return isWhole ? { status } : { status, wrong: wrong('no problem document') }
}
