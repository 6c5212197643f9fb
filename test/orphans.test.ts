import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { buildAll } from './start-support'

jest.setTimeout(120_000)
beforeAll(buildAll)

const kit = (module: string) => JSON.stringify(join(__dirname, '../packages/kit/dist', module))

// A service that logs a line for each message, and answers once the line has been written or has failed.
const chatty = `
const { runService } = require(${kit('lifecycle')})
runService('chatty', async (log) => {
  process.on('message', () => {
    log.info('asked')
    setImmediate(() => process.send('still here'))
  })
  process.send('started')
  return []
})`

// One that has a request which never ends.
const endless = `
const { runService } = require(${kit('lifecycle')})
runService('endless', async () => {
  setInterval(() => {}, 1000)
  process.send('started')
  return [() => new Promise(() => {})]
})`

async function startService(program: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  await once(child, 'message')
  return child
}

test('a service whose log nobody reads any more serves on', async () => {
  const child = await startService(chatty)
  child.stdout?.destroy()
  child.stderr?.destroy()
  const ended = once(child, 'exit')
  for (let time = 1; time <= 3; time++) {
    const answered = once(child, 'message')
    child.send('say something')
    expect(await Promise.race([answered, ended])).toEqual(['still here', undefined])
  }
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

// Twenty-five seconds would be left for what runs: an orphan does not take them.
test('a service whose supervisor is gone ends, whatever it was doing', async () => {
  const child = await startService(endless)
  const startedAt = performance.now()
  child.disconnect()
  await once(child, 'exit')
  expect(performance.now() - startedAt).toBeLessThan(20_000)
})
