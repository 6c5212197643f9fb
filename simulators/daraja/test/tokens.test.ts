import { readAnswer, startSimulator } from './support'

let daraja: Awaited<ReturnType<typeof startSimulator>>
beforeEach(async () => {
  daraja = await startSimulator()
})
afterEach(() => daraja.close())

const path = '/mpesa/stkpush/v1/processrequest'

test('a token is 28 characters and lives 3599 seconds', async () => {
  const { status, body } = await daraja.logIn()
  expect(status).toBe(200)
  expect(body).toEqual({ access_token: expect.stringMatching(/^[A-Za-z0-9]{28}$/), expires_in: 3599 })

  daraja.clock.advance(3_598_000)
  expect((await daraja.push()).status).toBe(200)
  daraja.clock.advance(2_000)
  expect(await daraja.push()).toMatchObject({
    status: 404,
    body: { errorCode: '404.001.03', errorMessage: 'Invalid Access Token' },
  })
})

test('older documentation shows the lifetime as text: a switch does so', async () => {
  daraja.control.changeSwitches({ rules: { expiresInAsText: true } })
  expect((await daraja.logIn()).body.expires_in).toBe('3599')
})

test('a new token ends the one before', async () => {
  const first = String((await daraja.logIn()).body.access_token)
  const second = String((await daraja.logIn()).body.access_token)
  const withToken = (token: string) => daraja.call(path, daraja.pushBody(), { authorization: `Bearer ${token}` })
  expect((await withToken(first)).body.errorCode).toBe('404.001.03')
  expect((await withToken(second)).status).toBe(200)
})

test.each([
  ['Basic d3Jvbmc6a2V5cw==', 'client_credentials', '400.008.01'],
  ['', 'client_credentials', '400.008.01'],
  [undefined, 'password', '400.008.02'],
])('credentials %s with grant %s are refused', async (authorization, grant, code) => {
  const answer = await daraja.logIn(authorization, grant)
  expect(answer).toMatchObject({ status: 400, body: { errorCode: code, requestId: expect.any(String) } })
})

test.each([
  ['', '404.001.03'],
  ['Basic abc', '404.001.04'],
  ['Bearer never-issued', '404.001.03'],
])('a POST with the authorization "%s" answers %s', async (authorization, code) => {
  expect(await daraja.call(path, {}, { authorization })).toMatchObject({ status: 404, body: { errorCode: code } })
})

test('a wrong method, path, content type and body have their own answers', async () => {
  expect(await readAnswer(await fetch(daraja.origin + path))).toMatchObject({
    status: 405,
    body: { errorCode: '405.001', errorMessage: 'Method Not Allowed' },
  })
  expect(await daraja.call('/mpesa/nothing/v1/here', {})).toMatchObject({
    status: 404,
    body: { errorCode: '404.001.01' },
  })
  expect(await daraja.call(path, {}, { 'content-type': 'text/plain' })).toMatchObject({
    status: 400,
    body: { errorCode: '400.002.02', errorMessage: 'Bad Request - Invalid BusinessShortCode' },
  })
  expect(await daraja.call(path, '{"broken')).toMatchObject({ status: 400, body: { errorCode: '400.002.05' } })
  expect(await daraja.call(path, `"${'x'.repeat(70_000)}"`)).toMatchObject({
    status: 400,
    body: { errorCode: '400.002.05' },
  })
})

test('health needs no token', async () => {
  expect((await readAnswer(await fetch(`${daraja.origin}/health`))).body.status).toBe('ok')
})
