export const permissions = [
  'products:write',
  'users:read',
  'users:write',
  'audit:read',
  'orders:read',
  'orders:write',
  'payments:read',
  'payments:refund',
  'payments:collect',
  'payments:review',
  'jobs:read',
  'jobs:replay',
] as const

export type Permission = (typeof permissions)[number]

/** Makes roles of the one table that says what each of them may do. */
export function defineRoles<R extends string>(granted: Record<R, readonly Permission[]>) {
  return {
    roles: Object.keys(granted) as [R, ...R[]],
    roleHas: (role: R, permission: Permission): boolean => granted[role].includes(permission),
  }
}

/** The one place where a role gets its permissions: a new role is one more entry here. */
const shop = defineRoles({
  customer: [],
  admin: permissions,
})

export const { roles, roleHas } = shop

export type Role = (typeof roles)[number]
