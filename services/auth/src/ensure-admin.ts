import { newId, queryRow } from '@duka/kit'
import { noOrigin, writeAudit } from './audit'
import type { Deps } from './deps'
import { findUserByEmail } from './user'

interface Admin {
  email: string
  password: string
}

/**
 * Makes the first admin. An account with that email, whoever's it is, is left as it is: a setting that stays in place
 * must neither reset a changed password nor raise a customer to admin.
 */
export async function ensureAdmin({ database, passwords, log }: Deps, { email, password }: Admin): Promise<void> {
  if (await findUserByEmail(database, email)) return
  const hash = await passwords.hash(password)
  await database.transaction(async (transaction) => {
    const made = await queryRow<{ id: string }>(
      database,
      `INSERT INTO users (id, name, email, password, role) VALUES ($1, 'Admin', $2, $3, 'admin')
       ON CONFLICT (email) DO NOTHING RETURNING id`,
      [newId(), email, hash],
      transaction,
    )
    if (!made) return
    await writeAudit(database, { action: 'admin_created', userId: made.id }, noOrigin, transaction)
    log.info('admin_created', { userId: made.id })
  })
}
