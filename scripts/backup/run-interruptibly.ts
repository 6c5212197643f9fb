import { OperatorError } from '../operator-error'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Runs what can be called off by a signal; what it has begun it takes back itself. */
export async function runInterruptibly<T>(work: (signal: AbortSignal) => Promise<T>, called: string): Promise<T> {
  const abort = new AbortController()
  const stop = () => abort.abort()
  for (const signal of signals) process.on(signal, stop)
  try {
    return await work(abort.signal)
  } catch (error) {
    throw abort.signal.aborted ? new OperatorError(`Called off: ${called}.`) : explained(error)
  } finally {
    for (const signal of signals) process.off(signal, stop)
  }
}

function explained(error: unknown): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC') return new OperatorError('The disk is full: free some space.')
  return syscall || code === '57P01' ? new OperatorError(message) : error
}
