import { setTimeout as wait } from 'node:timers/promises'
import { type Runner, type RunnerOptions, run } from 'graphile-worker'
import { errorFields, type Log } from './log'

const restartMs = 1_000

/**
 * Works the queue until it is told to stop. Where the database goes away just as a job is to be marked done or failed,
 * the worker lays everything down; it is started anew until that succeeds.
 */
export async function runQueue(options: RunnerOptions, log: Log): Promise<{ stop(): Promise<void> }> {
  const stopped = new AbortController()
  const start = () =>
    run({
      ...options,
      // Unbatched, such a failure is a rejection that nobody handles, and ends the process.
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    })
  let runner = await start()
  const keep = async () => {
    while (!stopped.signal.aborted) {
      await runner.promise.catch((error) => log.warn('job_queue_failed', errorFields(error)))
      if (stopped.signal.aborted) return
      log.warn('job_queue_restarts')
      runner = await startPatiently(start, stopped.signal, log).catch(() => runner)
    }
  }
  const keeping = keep()
  return {
    async stop() {
      stopped.abort()
      // It may have laid everything down by itself already.
      await runner.stop().catch(() => {})
      await keeping
    },
  }
}

/** Throws once it is stopped. */
async function startPatiently(start: () => Promise<Runner>, signal: AbortSignal, log: Log): Promise<Runner> {
  for (;;) {
    await wait(restartMs, undefined, { signal })
    try {
      return await start()
    } catch (error) {
      log.warn('job_queue_failed', errorFields(error))
    }
  }
}
