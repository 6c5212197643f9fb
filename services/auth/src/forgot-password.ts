import { queryRows } from '@duka/kit'
import type { Deps } from './deps'
import type { Origin } from './origin'

/**
 * Only notes the wish, the same way for every address: who has an account is looked up when the mail is written, away
 * from the request, so neither answer nor time can tell.
 */
export async function forgotPassword({ database }: Deps, email: string, origin: Origin) {
  await queryRows(
    database,
    `INSERT INTO reset_requests (email, address, user_agent, request_id) VALUES ($1, $2, $3, $4)
     ON CONFLICT (email) DO NOTHING`,
    [email, origin.address, origin.userAgent, origin.requestId],
  )
  return { message: 'If there is an account with this email, a mail with the next step is on its way.' }
}
