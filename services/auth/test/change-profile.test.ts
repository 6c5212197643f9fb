import { asUser } from '@duka/testkit'
import { type Auth, startAuth } from './support'

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.stop())

const change = (bearer: string, body: object) => auth.api().put('/api/profile').set('Authorization', bearer).send(body)

test('changes what is sent and leaves the rest', async () => {
  const { bearer, email } = await auth.signUp()
  const { body } = await change(bearer, { phoneNumber: '+254 110 000 111' }).expect(200)
  expect(body.user).toMatchObject({ name: 'Amina Otieno', phoneNumber: '254110000111', email })
  const renamed = await change(bearer, { name: ' Amina O. ' }).expect(200)
  expect(renamed.body.user).toMatchObject({ name: 'Amina O.', phoneNumber: '254110000111' })
  const cleared = await change(bearer, { phoneNumber: null }).expect(200)
  expect(cleared.body.user).toMatchObject({ name: 'Amina O.', phoneNumber: null })
  const read = await auth.api().get('/api/profile').set('Authorization', bearer).expect(200)
  expect(read.body).toEqual(cleared.body)
})

test('role, email, activity and password cannot be changed here', async () => {
  const { bearer, email } = await auth.signUp()
  const sent = { role: 'admin', email: 'other@example.com', isActive: false, password: 'another-Pass-1' }
  const { body } = await change(bearer, sent).expect(200)
  expect(body.user).toMatchObject({ role: 'customer', email, isActive: true })
  await auth.signIn(email)
})

test('refuses what cannot be stored', async () => {
  const { bearer } = await auth.signUp()
  const { body } = await change(bearer, { name: '', phoneNumber: '12' }).expect(400)
  expect(body.errors.map((error: { path: string }) => error.path)).toEqual(['name', 'phoneNumber'])
  await change(bearer, { name: 'A\u0000' }).expect(400)
})

test('needs a token of this shop whose session stands', async () => {
  const { id } = await auth.signUp()
  await auth.api().get('/api/profile').expect(401)
  await auth.api().get('/api/profile').set('Authorization', 'Basic YTpi').expect(401)
  // Signed by a key that this auth does not know.
  await auth.api().get('/api/profile').set('Authorization', asUser(id)).expect(401)
  await auth.api().put('/api/profile').send({ name: 'X' }).expect(401)
})
