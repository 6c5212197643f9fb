import { noOrigin } from '../src/audit'
import { login } from '../src/login'
import { type Auth, goodPassword, startAuth } from './support'

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.stop())

const newPassword = 'baobab-Shade-7'
const change = (bearer: string, body: object) => auth.api().put('/api/password').set('Authorization', bearer).send(body)
const refresh = (refreshToken: string) => auth.api().post('/api/refresh').send({ refreshToken })

test('changes the password; other sessions end, this one goes on', async () => {
  const here = await auth.signUp()
  const elsewhere = await auth.signIn(here.email)
  await change(here.bearer, { currentPassword: goodPassword, newPassword }).expect(204, '')
  await auth.api().post('/api/login').send({ email: here.email, password: goodPassword }).expect(401)
  await auth.signIn(here.email, newPassword)
  await auth.api().get('/api/profile').set('Authorization', elsewhere.bearer).expect(401)
  await refresh(elsewhere.refreshToken).expect(401)
  await auth.api().get('/api/profile').set('Authorization', here.bearer).expect(200)
  await refresh(here.refreshToken).expect(200)
})

test('a wrong current password changes nothing', async () => {
  const here = await auth.signUp()
  const elsewhere = await auth.signIn(here.email)
  const { body } = await change(here.bearer, { currentPassword: 'not-the-Password', newPassword }).expect(400)
  expect(body.errors).toEqual([{ path: 'currentPassword', message: 'is not your current password' }])
  await auth.signIn(here.email)
  await refresh(elsewhere.refreshToken).expect(200)
})

test.each([
  ['short', 'short'],
  ['long', 'x'.repeat(73)],
  ['common', 'qwertyuiop'],
])('refuses a %s new password', async (_what, refused) => {
  const { bearer, email } = await auth.signUp()
  const { body } = await change(bearer, { currentPassword: goodPassword, newPassword: refused }).expect(400)
  expect(body.errors[0].path).toBe('newPassword')
  await auth.signIn(email)
})

test('needs a token', async () => {
  await auth.api().put('/api/password').send({ currentPassword: goodPassword, newPassword }).expect(401)
})

test('of two changes at once, one holds', async () => {
  const { bearer, email } = await auth.signUp()
  const wanted = ['first-Choice-1', 'second-Choice-2']
  const answers = await Promise.all(
    wanted.map((password) => change(bearer, { currentPassword: goodPassword, newPassword: password })),
  )
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 400])
  await auth.signIn(email, wanted[answers.findIndex(({ status }) => status === 204)])
})

test('a sign-in with the old password that overtakes the change leaves no session', async () => {
  const here = await auth.signUp()
  // Holds the sign-in between its look at the password and its session.
  const passwords = {
    ...auth.deps.passwords,
    async matches(password: string, hash: string | undefined) {
      const fits = await auth.deps.passwords.matches(password, hash)
      await change(here.bearer, { currentPassword: goodPassword, newPassword }).expect(204)
      return fits
    },
  }
  const late = login({ ...auth.deps, passwords }, { email: here.email, password: goodPassword }, noOrigin)
  await expect(late).rejects.toMatchObject({ status: 401, code: 'invalid_credentials' })
  const standing = 'SELECT id FROM sessions WHERE user_id = $1 AND ended_at IS NULL'
  expect(await auth.sql(standing, [here.id])).toHaveLength(1)
})
