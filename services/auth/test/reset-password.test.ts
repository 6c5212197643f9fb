import { captureLog, eventually } from '@duka/testkit'
import { RecipientRefused } from '../src/mail/mailer'
import { sendResetMails } from '../src/send-reset-mails'
import { type Auth, goodPassword, startAuth } from './support'

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
beforeEach(() => {
  auth.mails.length = 0
})
afterAll(() => auth.stop())

const newPassword = 'baobab-Shade-7'
const forgot = (email: unknown) => auth.api().post('/api/forgot-password').send({ email })
const reset = (token: unknown, password: unknown = newPassword) =>
  auth.api().post('/api/reset-password').send({ token, password })
const refresh = (refreshToken: string) => auth.api().post('/api/refresh').send({ refreshToken })
const waiting = () => auth.sql<{ email: string; attempts: number }>('SELECT email, attempts FROM reset_requests')

/** The token of the mail that somebody who asked was sent. */
async function mailedToken(email: string): Promise<string> {
  await forgot(email).expect(202)
  await sendResetMails(auth.deps)
  const mail = auth.mails.at(-1)
  expect(mail?.to).toBe(email)
  return /[\w-]{43}/.exec(mail?.text ?? '')?.[0] ?? ''
}

test('sets a new password once, and ends every session', async () => {
  const here = await auth.signUp()
  const elsewhere = await auth.signIn(here.email)
  const token = await mailedToken(here.email)
  await reset(token).expect(204, '')
  await auth.api().post('/api/login').send({ email: here.email, password: goodPassword }).expect(401)
  for (const { bearer, refreshToken } of [here, elsewhere]) {
    await auth.api().get('/api/profile').set('Authorization', bearer).expect(401)
    await refresh(refreshToken).expect(401)
  }
  await auth.signIn(here.email, newPassword)
  const { body } = await reset(token, 'another-Pass-1').expect(400)
  expect(body.code).toBe('reset_token_invalid')
  await auth.signIn(here.email, newPassword)
})

test('only a hash of the token is kept, and no log line holds it', async () => {
  const { email } = await auth.signUp()
  const { log, lines } = captureLog()
  await forgot(email).expect(202)
  await sendResetMails({ ...auth.deps, log })
  const token = /[\w-]{43}/.exec(auth.mails[0]!.text)![0]
  const rows = await auth.sql<{ hash: Buffer }>('SELECT hash FROM password_resets')
  expect(rows.some(({ hash }) => hash.includes(token) || hash.includes(Buffer.from(token, 'base64url')))).toBe(false)
  expect(lines.join()).toContain('reset_mail_sent')
  expect(lines.join()).not.toContain(token)
  expect(lines.join()).not.toContain(email)
})

test('answers alike for a customer, a closed account and nobody, and does the same work for each', async () => {
  const { email } = await auth.signUp()
  const closed = await auth.signUp()
  await auth.sql('UPDATE users SET is_active = false WHERE id = $1', [closed.id])
  const asked = [email, closed.email, 'nobody@example.com']
  const answers = []
  for (const each of asked) answers.push(await forgot(` ${each.toUpperCase()}`).expect(202))
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  // All that a request does is this row, whoever asks.
  expect((await waiting()).map((row) => row.email).sort()).toEqual([...asked].sort())
  await sendResetMails(auth.deps)
  expect(auth.mails.map(({ to }) => to)).toEqual([email])
  expect(await waiting()).toEqual([])
})

test('the request never looks an account up', async () => {
  const { email } = await auth.signUp()
  const statements: string[] = []
  // Sequelize reads this at every statement; its types keep it to themselves.
  const { options } = auth.deps.database as unknown as { options: { logging: false | ((sql: string) => void) } }
  options.logging = (sql) => void statements.push(sql)
  try {
    await forgot(email).expect(202)
    await forgot('nobody@example.com').expect(202)
  } finally {
    options.logging = false
  }
  expect(statements).toHaveLength(2)
  expect(statements.join()).not.toMatch(/users|password_resets/)
  await sendResetMails(auth.deps)
})

test('an account gets three mails in half an hour; all of them work until one is used', async () => {
  const { email } = await auth.signUp()
  const tokens = [await mailedToken(email), await mailedToken(email), await mailedToken(email)]
  await forgot(email).expect(202)
  await sendResetMails(auth.deps)
  expect(auth.mails).toHaveLength(3)
  expect(await waiting()).toEqual([])
  await reset(tokens[0]).expect(204)
  await reset(tokens[1]).expect(400)
  await reset(tokens[2]).expect(400)
  // What was asked before the reset does not count against the next time.
  await reset(await mailedToken(email), goodPassword).expect(204)
})

test('one address that asks many times at once is one request', async () => {
  const { email } = await auth.signUp()
  await Promise.all([1, 2, 3, 4].map(() => forgot(email).expect(202)))
  await Promise.all([sendResetMails(auth.deps), sendResetMails(auth.deps)])
  expect(auth.mails).toHaveLength(1)
})

test('of two resets at once with one token, one holds', async () => {
  const { email } = await auth.signUp()
  const token = await mailedToken(email)
  const wanted = ['first-Choice-1', 'second-Choice-2']
  const answers = await Promise.all(wanted.map((password) => reset(token, password)))
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 400])
  await auth.signIn(email, wanted[answers.findIndex(({ status }) => status === 204)])
})

test('a token that is over, made up, or of a closed account is refused', async () => {
  const { id, email } = await auth.signUp()
  const token = await mailedToken(email)
  await auth.sql("UPDATE password_resets SET expires_at = now() - interval '1 second' WHERE user_id = $1", [id])
  await reset(token).expect(400)
  await reset('made-up').expect(400)
  await auth.sql("UPDATE password_resets SET expires_at = now() + interval '1 minute' WHERE user_id = $1", [id])
  await auth.sql('UPDATE users SET is_active = false WHERE id = $1', [id])
  await reset(token).expect(400)
})

test('a changed password spends the tokens that are on their way', async () => {
  const { email, bearer } = await auth.signUp()
  const token = await mailedToken(email)
  const body = { currentPassword: goodPassword, newPassword }
  await auth.api().put('/api/password').set('Authorization', bearer).send(body).expect(204)
  await reset(token, 'another-Pass-1').expect(400)
})

test.each([
  ['a short password', 'short', 'password'],
  ['one over 72 bytes', 'x'.repeat(73), 'password'],
  ['a common one', 'Qwertyuiop', 'password'],
])('refuses %s, and the token stays good', async (_what, password, path) => {
  const { email } = await auth.signUp()
  const token = await mailedToken(email)
  const { body } = await reset(token, password).expect(400)
  expect(body.errors[0].path).toBe(path)
  await reset(token).expect(204)
})

test('refuses what is no email and what is no token', async () => {
  await forgot('nobody').expect(400)
  await forgot({ $ne: '' }).expect(400)
  await reset(undefined).expect(400)
  await reset('x'.repeat(201)).expect(400)
})

describe('while the mail server is away', () => {
  const away = () => ({ ...auth.deps, sendMail: () => Promise.reject(new Error('ECONNREFUSED')) })
  const makeDue = (email: string, hoursAgo = 0) =>
    auth.sql(
      `UPDATE reset_requests SET next_try_at = now(), asked_at = now() - make_interval(hours => $2) WHERE email = $1`,
      [email, hoursAgo],
    )

  test('the request stays, is put off, and is sent when the server is back', async () => {
    const { id, email } = await auth.signUp()
    await forgot(email).expect(202)
    for (let round = 0; round < 5; round += 1) {
      await sendResetMails(away())
      await makeDue(email)
    }
    // A mail that was not sent left no token behind.
    expect(await auth.sql('SELECT 1 FROM password_resets WHERE user_id = $1', [id])).toEqual([])
    expect(await waiting()).toEqual([{ email, attempts: 5 }])
    await sendResetMails(auth.deps)
    expect(auth.mails).toHaveLength(1)
    expect(await waiting()).toEqual([])
  })

  test('it is not tried again at once, and given up after a day', async () => {
    const { email } = await auth.signUp()
    await forgot(email).expect(202)
    await sendResetMails(away())
    await sendResetMails(auth.deps)
    expect(auth.mails).toEqual([])
    await makeDue(email, 25)
    const { log, lines } = captureLog()
    await sendResetMails({ ...away(), log })
    expect(await waiting()).toEqual([])
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'error', event: 'mail_not_sent', isOver: true },
    ])
  })

  test('a mailbox that does not exist is given up at once', async () => {
    const { email } = await auth.signUp()
    await forgot(email).expect(202)
    await sendResetMails({ ...auth.deps, sendMail: () => Promise.reject(new RecipientRefused('550 no such user')) })
    expect(await waiting()).toEqual([])
  })

  test('a process that dies before the mail is sent leaves it to the next one', async () => {
    const { email } = await auth.signUp()
    await forgot(email).expect(202)
    let die = () => {}
    const dead = new Promise<void>((resolve) => {
      die = resolve
    })
    const dying = sendResetMails({ ...auth.deps, sendMail: () => dead })
    await eventually('the request to be taken', async () => (await waiting())[0]?.attempts === 1)
    await makeDue(email)
    await sendResetMails(auth.deps)
    expect(auth.mails).toHaveLength(1)
    die()
    await dying
  })
})

test('with a page set, the link carries the token where no server sees it', async () => {
  const { email } = await auth.signUp()
  await forgot(email).expect(202)
  await sendResetMails({ ...auth.deps, passwordResetUrl: 'https://shop.example/reset' })
  expect(auth.mails[0]?.text).toMatch(/https:\/\/shop\.example\/reset#token=[\w-]{43}\n/)
})
