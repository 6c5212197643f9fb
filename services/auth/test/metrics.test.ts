import { eventually, readMetric, startApp } from '@duka/testkit'
import { createPasswords } from '../src/passwords'
import { type Auth, goodPassword, startAuth } from './support'

let auth: Auth
let running: Awaited<ReturnType<typeof startApp>>

beforeAll(async () => {
  auth = await startAuth()
  running = await startApp(auth.app)
})
afterAll(async () => {
  await running.stop()
  await auth.stop()
})

const logins = async (outcome: string) => (await readMetric(running.url, 'logins_total', { outcome })) ?? 0

test('tries to sign in count by what came of them', async () => {
  const { email } = await auth.signUp()
  const [ok, wrong] = [await logins('ok'), await logins('wrong')]
  const login = (password: string) => auth.api().post('/api/login').send({ email, password })
  await login(goodPassword).expect(200)
  const locked = await logins('locked')
  const answers = await Promise.all(Array.from({ length: 24 }, () => login('not-the-Password')))
  const count = (status: number) => answers.filter((answer) => answer.status === status).length
  expect(count(429)).toBeGreaterThan(0)
  expect(count(401) + count(429)).toBe(24)
  expect(await logins('ok')).toBe(ok + 1)
  expect(await logins('wrong')).toBe(wrong + count(401))
  expect(await logins('locked')).toBe(locked + count(429))
})

test('passwords that wait for a turn are told', async () => {
  const slow = createPasswords(10, { atOnce: 1, waiting: 50 })
  const work = Array.from({ length: 8 }, () => slow.hash('mango'))
  await eventually('a queue', async () => ((await readMetric(running.url, 'password_hash_queue_length')) ?? 0) > 0)
  await Promise.all(work)
  expect(await readMetric(running.url, 'password_hash_queue_length')).toBe(0)
})
