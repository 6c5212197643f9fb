import { type Auth, startAuth } from './support'

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.stop())

const post = (path: string, refreshToken?: string) => auth.api().post(path).send({ refreshToken })

test('ends the session at once, and no other', async () => {
  const here = await auth.signUp()
  const elsewhere = await auth.signIn(here.email)
  await post('/api/logout', here.refreshToken).expect(204, '')
  await post('/api/refresh', here.refreshToken).expect(401)
  await auth.api().get('/api/profile').set('Authorization', here.bearer).expect(401)
  await auth.api().get('/api/profile').set('Authorization', elsewhere.bearer).expect(200)
})

test('an earlier token of the family ends it too', async () => {
  const { refreshToken } = await auth.signUp()
  const { body } = await post('/api/refresh', refreshToken).expect(200)
  await post('/api/logout', refreshToken).expect(204)
  await post('/api/refresh', body.refreshToken).expect(401)
})

test('twice, or with an unknown token, is no error', async () => {
  const { refreshToken } = await auth.signUp()
  await post('/api/logout', refreshToken).expect(204)
  await post('/api/logout', refreshToken).expect(204)
  await post('/api/logout', 'made-up').expect(204)
  await post('/api/logout').expect(400)
})
