import { exitCodes } from './operator-error'

/** A run that is interrupted, or that nobody reads any more (`| head`), leaves nothing behind. */
export function removeWhenStopped(own: { remove(): Promise<void> }) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  let stopped = false
  const stop = () => {
    if (stopped) return
    stopped = true
    own.remove().finally(() => process.exit(exitCodes.failed))
  }
  for (const signal of signals) process.on(signal, stop)
  process.stdout.on('error', stop)
  return {
    isStopped: () => stopped,
    end() {
      if (!stopped) for (const signal of signals) process.off(signal, stop)
    },
  }
}
