import { createServer } from 'node:http'
import { connectDatabase } from '../src/database'
import { explainStart } from '../src/explain-start'
import { listen } from '../src/listen'

async function failureOf(work: () => Promise<unknown>): Promise<unknown> {
  return work().then(
    () => undefined,
    (error: unknown) => error,
  )
}

const connectTo = (url: string) =>
  failureOf(async () => {
    const database = connectDatabase({ url, applicationName: 'test', poolMax: 1 })
    await database.query('SELECT 1').finally(() => database.close())
  })

test('a database server that is not there is named by its setting, without the password', async () => {
  const explained = explainStart('auth', await connectTo('postgres://user:hidden@127.0.0.1:1/auth_db'))
  expect(explained?.line).toBe(
    'The server of AUTH_DATABASE_URL cannot be reached (ECONNREFUSED): start it, or correct the address.',
  )
  expect(explained?.isLasting).toBe(false)
})

test.each([
  ['a wrong password', (url: URL) => Object.assign(url, { password: 'wrong' }), '28P01'],
  ['a database that is not there', (url: URL) => Object.assign(url, { pathname: '/nothing' }), '3D000'],
])('%s is for the operator to mend, not to try again', async (_what, change, code) => {
  const url = change(new URL(process.env.TEST_DATABASE_ADMIN_URL!))
  expect(explainStart('order', await connectTo(url.toString()))).toEqual({
    line: `ORDER_DATABASE_URL is refused by the server (${code}): correct its user, password, database or sslmode.`,
    isLasting: true,
  })
})

test.each(['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
  'a certificate that does not stand (%s) is for the operator to mend',
  (code) => {
    const refusal = Object.assign(new Error('unable to verify'), { name: 'SequelizeConnectionError', parent: { code } })
    const explained = explainStart('cart', refusal)
    expect(explained?.line).toContain(`The certificate of the server of CART_DATABASE_URL is not trusted (${code})`)
    expect(explained?.isLasting).toBe(true)
  },
)

test('a taken port and an address of another machine', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as { port: number }
  const express = (await import('express')).default
  expect(explainStart('cart', await failureOf(() => listen(express(), port, '127.0.0.1')))?.line).toBe(
    `Port ${port} is taken: set CART_PORT to another, or stop what listens there.`,
  )
  expect(explainStart('gateway', await failureOf(() => listen(express(), 0, '192.0.2.1')))).toEqual({
    line: 'HOST 192.0.2.1 is no address of this machine: correct it, or leave it out.',
    isLasting: true,
  })
  other.close()
})

test('a fault of our own is not explained away', () => {
  expect(explainStart('auth', new TypeError('x is not a function'))).toBeUndefined()
})
