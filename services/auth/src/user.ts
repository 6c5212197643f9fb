import type { authContract, Role } from '@duka/contracts'
import { notFound, Problem, queryRow } from '@duka/kit'
import type { Sequelize } from 'sequelize'

export interface UserRow {
  id: string
  name: string
  email: string
  password: string
  password_version: number
  role: Role
  phone_number: string | null
  is_active: boolean
  token_version: number
  created_at: Date
  updated_at: Date
}

export const userColumns =
  'id, name, email, password, password_version, role, phone_number, is_active, token_version, created_at, updated_at'

/** The only way a row becomes JSON. */
export function toUser(row: UserRow): authContract.User {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    role: row.role,
    phoneNumber: row.phone_number,
    isActive: row.is_active,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

/** `email` in its normal form: trimmed and in lower case. */
export function findUserByEmail(database: Sequelize, email: string): Promise<UserRow | undefined> {
  return queryRow<UserRow>(database, `SELECT ${userColumns} FROM users WHERE email = $1`, [email])
}

/** Throws a 404 Problem where there is none. */
export async function getUser(database: Sequelize, id: string): Promise<UserRow> {
  const row = await queryRow<UserRow>(database, `SELECT ${userColumns} FROM users WHERE id = $1`, [id])
  if (!row) throw notFound('user')
  return row
}

/** One answer for an unknown email, a wrong password and a closed account, so that none can be told from another. */
export function wrongCredentials(): Problem {
  return new Problem(401, 'invalid_credentials', 'The email or the password is not right.', {
    headers: { 'WWW-Authenticate': 'Bearer' },
  })
}
