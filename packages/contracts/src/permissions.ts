export const permissions = [
  'products:write',
  'users:read',
  'users:write',
  'orders:read',
  'orders:write',
  'payments:read',
  'payments:refund',
] as const

export type Permission = (typeof permissions)[number]

export const roles = ['customer', 'admin'] as const

export type Role = (typeof roles)[number]

/** The one place where a role gets its permissions. A new role is one more entry here and in `roles`. */
const permissionsOf: Record<Role, readonly Permission[]> = {
  customer: [],
  admin: permissions,
}

export function roleHas(role: Role, permission: Permission): boolean {
  return permissionsOf[role].includes(permission)
}
