import { Problem } from '@duka/kit'
import { limitConcurrency } from '../src/limit-concurrency'

function startWork(run: ReturnType<typeof limitConcurrency>['inTurn'], started: string[], name: string) {
  let resolve = (_name: string) => {}
  let reject = (_error: Error) => {}
  const promise = new Promise<string>((onDone, onError) => {
    resolve = onDone
    reject = onError
  })
  const done = run(() => {
    started.push(name)
    return promise
  })
  return { done, finish: () => resolve(name), fail: () => reject(new Error(name)) }
}

/** Lets every promise that can go on do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

test('runs a bounded number at once, the rest in turn', async () => {
  const started: string[] = []
  const { inTurn: run } = limitConcurrency({ atOnce: 2, waiting: 2 })
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => startWork(run, started, name))
  await settle()
  expect(started).toEqual(['a', 'b'])
  b!.finish()
  expect(await b!.done).toBe('b')
  await settle()
  expect(started).toEqual(['a', 'b', 'c'])
  c!.finish()
  a!.finish()
  d!.finish()
  expect(await Promise.all([a!.done, c!.done, d!.done])).toEqual(['a', 'c', 'd'])
})

test('refuses work beyond the queue, and takes it again once there is room', async () => {
  const started: string[] = []
  const { inTurn: run } = limitConcurrency({ atOnce: 1, waiting: 1 })
  const first = startWork(run, started, 'first')
  const second = startWork(run, started, 'second')
  await expect(run(async () => 'third')).rejects.toMatchObject(
    new Problem(503, 'too_busy', 'Too many people are signing in at this moment. Please try again shortly.'),
  )
  first.finish()
  second.finish()
  await Promise.all([first.done, second.done])
  expect(await run(async () => 'third')).toBe('third')
})

test('failed work gives its place on', async () => {
  const started: string[] = []
  const { inTurn: run } = limitConcurrency({ atOnce: 1, waiting: 5 })
  const failing = startWork(run, started, 'failing')
  const next = startWork(run, started, 'next')
  failing.fail()
  await expect(failing.done).rejects.toThrow('failing')
  next.finish()
  expect(await next.done).toBe('next')
})
