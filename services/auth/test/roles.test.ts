import { defineRoles, permissions, roleHas, roles } from '@duka/contracts'
import { type Auth, startAuth } from './support'

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.stop())

test('an admin may do everything, a customer nothing that needs a permission', () => {
  expect(roles).toEqual(['customer', 'admin'])
  for (const permission of permissions) {
    expect(roleHas('admin', permission)).toBe(true)
    expect(roleHas('customer', permission)).toBe(false)
  }
})

test('a third role costs one entry', async () => {
  const granted = { customer: [], admin: permissions, support: ['orders:read', 'payments:read'] } as const
  const shop = defineRoles(granted)
  expect(shop.roles).toEqual(['customer', 'admin', 'support'])
  expect(shop.roleHas('support', 'orders:read')).toBe(true)
  expect(shop.roleHas('support', 'payments:refund')).toBe(false)
  // The database asks for no list of its own.
  const { id } = await auth.signUp()
  await auth.sql("UPDATE users SET role = 'support' WHERE id = $1", [id])
  await expect(auth.sql("UPDATE users SET role = 'No role' WHERE id = $1", [id])).rejects.toThrow('users_role')
})
