import { z } from 'zod'
import { idParams, messageAnswer, nothing, pageOf, pageQuery, phoneNumber, text, timestamp, uuid } from './common'
import { endpoint } from './endpoint'
import { roles } from './permissions'

export const email = z
  .string()
  .max(254)
  .transform((value) => value.trim().toLowerCase())
  .pipe(z.email('must be an email address such as amina@example.com'))

/** bcrypt reads 72 bytes and silently drops the rest, so a longer one is refused instead of cut. */
export const newPassword = z
  .string()
  .min(8, 'must have at least 8 characters')
  .refine((value) => Buffer.byteLength(value) <= 72, { message: 'must not be longer than 72 bytes' })
  .refine((value) => !value.includes('\u0000'), { message: 'must not contain a NUL character' })

const anyPassword = z.string().min(1).max(1000)

const refreshToken = z.string().min(1).max(200)

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
  body: z.object({ name: text(100), email, password: newPassword, phoneNumber: phoneNumber.nullish() }),
  response: session,
})

export const login = endpoint({
  service: 'auth',
  method: 'POST',
  path: '/api/login',
  publicPaths: ['/api/auth/login', '/api/login'],
  summary: 'Sign in with email and password',
  access: 'anyone',
  body: z.object({ email: z.string().trim().min(1).max(254), password: anyPassword }),
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
  body: z.object({ name: text(100).optional(), phoneNumber: phoneNumber.nullish() }),
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
  body: z.object({ currentPassword: anyPassword, newPassword }),
  response: nothing,
})

export const listUsers = endpoint({
  service: 'auth',
  method: 'GET',
  path: '/api/users',
  publicPaths: ['/api/auth/users'],
  summary: 'Users, newest first',
  access: { permission: 'users:read' },
  query: z.object({ ...pageQuery, search: text(200).optional() }),
  response: pageOf('users', user),
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
  body: z.object({ token: z.string().min(1).max(8000) }),
  response: z.object({ valid: z.boolean(), user: user.nullable() }),
})
