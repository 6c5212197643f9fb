import { NotConnected } from './balanced-agent'
import { histogram } from './metrics'
import { requestSeconds } from './time-requests'
import { callInSpan } from './tracer'

const durations = histogram({
  name: 'http_client_request_duration_seconds',
  help: 'Time until another service or a provider had answered, by what was asked of it; tries count one by one.',
  labels: ['target', 'operation', 'status'],
  bounds: requestSeconds,
})

/** What an answer of axios says. */
export const statusOf = ({ status }: { status: number }): number => status

/**
 * Times one try of a call, and records it as a span. `operation` is the pattern of a path or a name of ours, never a path
 * with an id in it.
 */
export async function timeCall<T>(
  target: string,
  operation: string,
  send: () => Promise<T>,
  readStatus: (answer: T) => number,
): Promise<T> {
  const startedAt = performance.now()
  try {
    const answer = await callInSpan(target, operation, send, readStatus)
    durations.with(target, operation, readStatus(answer)).observeSince(startedAt)
    return answer
  } catch (error) {
    durations.with(target, operation, failureOf(error)).observeSince(startedAt)
    throw error
  }
}

const timeouts = new Set(['ECONNABORTED', 'ETIMEDOUT', 'ERR_CANCELED'])

function failureOf(error: unknown): 'timeout' | 'refused' | 'error' {
  const { code = '', cause } = error as { code?: string; cause?: unknown }
  if (timeouts.has(code)) return 'timeout'
  return cause instanceof NotConnected || code === 'ECONNREFUSED' ? 'refused' : 'error'
}
