import { z } from 'zod'
import { idParams, messageAnswer, moment, nothing, pageOf, pageQuery, timestamp, uuid } from './common'
import { endpoint } from './endpoint'
import { roles } from './permissions'
import { email, line, newPassword, ofKind, phoneNumber, token, typedEmail, typedPassword } from './text'

export { email, newPassword }

const refreshToken = token(200)

export const user = z.object({
  id: uuid,
  name: z.string(),
  email: z.string(),
  role: z.enum(roles),
  phoneNumber: z.string().nullable(),
  isActive: z.boolean(),
  createdAt: timestamp,
  updatedAt: timestamp,
})

export type User = z.infer<typeof user>

const tokens = z.object({
  token: z.string(),
  refreshToken: z.string(),
  /** Seconds that `token` lives. */
  expiresIn: z.number().int(),
})

const session = messageAnswer.extend(tokens.shape).extend({ user })

export const register = endpoint({
  service: 'auth',
  method: 'POST',
  path: '/api/register',
  publicPaths: ['/api/auth/register', '/api/register'],
  summary: 'Open an account',
  access: 'anyone',
  status: 201,
  body: z.object({ name: line(100), email, password: newPassword, phoneNumber: phoneNumber.nullish() }),
  response: session,
})

export const login = endpoint({
  service: 'auth',
  method: 'POST',
  path: '/api/login',
  publicPaths: ['/api/auth/login', '/api/login'],
  summary: 'Sign in with email and password',
  access: 'anyone',
  body: z.object({ email: typedEmail, password: typedPassword }),
  response: session,
})

export const refresh = endpoint({
  service: 'auth',
  method: 'POST',
  path: '/api/refresh',
  publicPaths: ['/api/auth/refresh'],
  summary: 'Trade a refresh token for a new pair; using one twice ends its whole family',
  access: 'anyone',
  body: z.object({ refreshToken }),
  response: tokens,
})

export const logout = endpoint({
  service: 'auth',
  method: 'POST',
  path: '/api/logout',
  publicPaths: ['/api/auth/logout'],
  summary: 'End the session that a refresh token belongs to',
  access: 'anyone',
  status: 204,
  body: z.object({ refreshToken }),
  response: nothing,
})

export const readProfile = endpoint({
  service: 'auth',
  method: 'GET',
  path: '/api/profile',
  publicPaths: ['/api/auth/profile', '/api/profile'],
  summary: 'The signed-in user',
  access: 'user',
  response: z.object({ user }),
})

export const changeProfile = endpoint({
  service: 'auth',
  method: 'PUT',
  path: '/api/profile',
  publicPaths: ['/api/auth/profile', '/api/profile'],
  summary: 'Change name or phone number',
  access: 'user',
  body: z.object({ name: line(100).optional(), phoneNumber: phoneNumber.nullish() }),
  response: z.object({ user }),
})

export const changePassword = endpoint({
  service: 'auth',
  method: 'PUT',
  path: '/api/password',
  publicPaths: ['/api/auth/password'],
  summary: 'Change the password; other sessions end',
  access: 'user',
  status: 204,
  body: z.object({ currentPassword: typedPassword, newPassword }),
  response: nothing,
})

/** Answered alike and in the same time whether or not there is such an account. */
export const forgotPassword = endpoint({
  service: 'auth',
  method: 'POST',
  path: '/api/forgot-password',
  publicPaths: ['/api/auth/forgot-password'],
  summary: 'Ask for a mail with which to set a new password',
  access: 'anyone',
  status: 202,
  body: z.object({ email }),
  response: messageAnswer,
})

export const resetPassword = endpoint({
  service: 'auth',
  method: 'POST',
  path: '/api/reset-password',
  publicPaths: ['/api/auth/reset-password'],
  summary: 'Set a new password with the token of a mail; all sessions end',
  access: 'anyone',
  status: 204,
  body: z.object({ token: ofKind('token', z.string().trim().min(1).max(200)), password: newPassword }),
  response: nothing,
})

export const listUsers = endpoint({
  service: 'auth',
  method: 'GET',
  path: '/api/users',
  publicPaths: ['/api/auth/users'],
  summary: 'Users, newest first',
  access: { permission: 'users:read' },
  query: z.object({ ...pageQuery, search: line(200).optional() }),
  response: pageOf('users', user),
  mayLag: true,
})

export const readUser = endpoint({
  service: 'auth',
  method: 'GET',
  path: '/api/users/:id',
  publicPaths: ['/api/auth/users/:id'],
  summary: 'One user',
  access: { permission: 'users:read' },
  params: idParams,
  response: z.object({ user }),
})

export const changeUser = endpoint({
  service: 'auth',
  method: 'PATCH',
  path: '/api/users/:id',
  publicPaths: ['/api/auth/users/:id'],
  summary: "Change a user's role, or whether their account is active; the last active admin stays one",
  access: { permission: 'users:write' },
  params: idParams,
  body: z.object({ role: z.enum(roles).optional(), isActive: z.boolean().optional() }),
  response: z.object({ user }),
})

/** What the audit trail tells of. */
export const auditActions = [
  'registered',
  'admin_created',
  'login',
  'login_failed',
  'logout',
  'refresh_reused',
  'password_changed',
  'password_change_failed',
  'password_reset_requested',
  'password_reset',
  'role_changed',
  'user_activated',
  'user_deactivated',
] as const

export const auditEvent = z.object({
  id: uuid,
  at: timestamp,
  action: z.enum(auditActions),
  /** Who did it; null where nobody was signed in. */
  actorId: uuid.nullable(),
  /** Whose account it is about; null where there is none. */
  userId: uuid.nullable(),
  /** What was typed at a failed login that belongs to no account, if it was an email address. */
  email: z.string().nullable(),
  sessionId: uuid.nullable(),
  address: z.string().nullable(),
  userAgent: z.string().nullable(),
  requestId: z.string().nullable(),
  /** Such as `{ from, to }` of a role. */
  details: z.record(z.string(), z.string()),
})

export type AuditEvent = z.infer<typeof auditEvent>

export const listAuditEvents = endpoint({
  service: 'auth',
  method: 'GET',
  path: '/api/audit',
  publicPaths: ['/api/auth/audit'],
  summary: 'Who did what to which account, when and from where, newest first',
  access: { permission: 'audit:read' },
  query: z.object({
    ...pageQuery,
    action: z.enum(auditActions).optional(),
    userId: uuid.optional(),
    actorId: uuid.optional(),
    email: email.optional(),
    address: z.union([z.ipv4(), z.ipv6()], 'must be an IP address').optional(),
    from: moment.optional(),
    to: moment.optional(),
  }),
  response: pageOf('events', auditEvent),
  mayLag: true,
})

/** RFC 7517. */
export const jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })) })

export const readJwks = endpoint({
  service: 'auth',
  method: 'GET',
  path: '/.well-known/jwks.json',
  summary: 'The public keys that tokens are signed with',
  access: 'anyone',
  response: jwks,
})

export const verifyToken = endpoint({
  service: 'auth',
  method: 'POST',
  path: '/api/verify',
  summary: 'Whether a token and its user still stand',
  access: { services: ['gateway', 'product', 'cart', 'order', 'payment'] },
  body: z.object({ token: token(8000) }),
  response: z.object({ valid: z.boolean(), user: user.nullable() }),
})

/** An end that came before its time: of one session, or of all of a user's tokens below a version. */
export const revocation = z.union([
  z.object({ sessionId: uuid }),
  z.object({ userId: uuid, version: z.number().int() }),
])

/**
 * What was revoked since an earlier call's `next`; without it, since the oldest access token that may still live. One
 * and the same revocation may come more than once.
 */
export const listRevocations = endpoint({
  service: 'auth',
  method: 'GET',
  path: '/api/internal/revocations',
  summary: 'Sessions and tokens that ended before their time, for who checks tokens without asking',
  access: { services: ['gateway', 'product', 'cart', 'order', 'payment'] },
  query: z.object({ since: token(200).optional() }),
  response: z.object({ revocations: z.array(revocation), next: z.string(), more: z.boolean() }),
})
