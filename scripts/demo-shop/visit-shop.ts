import { randomUUID } from 'node:crypto'
import type { authContract } from '@duka/contracts'
import { expectProblem, expectSame, expectStatus, expectThat } from './expect'
import type { ShopClient } from './shop-client'
import type { Tour } from './tour'

interface Session {
  token: string
  refreshToken: string
  expiresIn: number
  user: authContract.User
}

/** Health, a new account, logging in, and a wrong password; brings the customer's token. */
export async function visitShop({ shop, step }: Tour): Promise<string> {
  await step('The gateway is alive', async (saw) => {
    expectStatus(await shop.send('GET', '/health'), 200)
    saw(shop.url)
  })
  const { email, password } = await step('A customer registers', async (saw) => {
    const account = newAccount()
    const { user } = await register(shop, account)
    saw(`${user.email}, ${user.role}, phone ${user.phoneNumber}`)
    return account
  })
  const token = await step('The customer logs in', async (saw) => {
    const session = expectStatus(
      await shop.send<Session>('POST', '/api/auth/login', { body: { email, password } }),
      200,
    )
    expectSame('email of the session', session.user.email, email)
    const { token } = session
    const profile = await shop.send<{ user: authContract.User }>('GET', '/api/auth/profile', { token })
    expectSame('id in the profile', expectStatus(profile, 200).user.id, session.user.id)
    saw(`token for ${session.expiresIn} s`)
    return token
  })
  await step('A wrong password is refused', async (saw) => {
    const body = { email, password: `${password}?` }
    const { code } = expectProblem(await shop.send('POST', '/api/auth/login', { body }), 401)
    saw(`401 ${code}`)
  })
  return token
}

/** Someone who has nothing to do with the first customer; gives their token. */
export async function registerStranger(shop: ShopClient): Promise<string> {
  return (await register(shop, newAccount())).token
}

async function register(shop: ShopClient, account: ReturnType<typeof newAccount>): Promise<Session> {
  // The role is sent along to see that it is not honoured.
  const body = { ...account, role: 'admin' }
  const session = expectStatus(await shop.send<Session>('POST', '/api/auth/register', { body }), 201)
  expectSame('role of a new account', session.user.role, 'customer')
  expectSame('phone number of a new account', session.user.phoneNumber, '254712345678')
  expectThat(session.token.length > 0 && session.refreshToken.length > 0, 'new account', 'two tokens', 'fewer')
  return session
}

function newAccount() {
  const id = randomUUID()
  return { name: 'Wanjiku Njeri', email: `demo-${id}@duka.test`, password: `pass-${id}`, phoneNumber: '0712345678' }
}
