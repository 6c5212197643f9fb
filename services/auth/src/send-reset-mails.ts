import { errorFields, newId, queryRow, queryRows, runInContext } from '@duka/kit'
import { writeAudit } from './audit'
import type { Deps } from './deps'
import { RecipientRefused } from './mail/mailer'
import { writeResetMail } from './mail/reset-mail'
import type { Origin } from './origin'
import { addResetToken, dropResetToken } from './reset-tokens'
import { findUserByEmail, type UserRow } from './user'

interface RequestRow extends Origin {
  email: string
  age_seconds: number
}

const atOnce = 10
/** Longer than sending may take; while the mail server is away, the pause doubles up to the most. */
const firstPauseSeconds = 60
const maxPauseSeconds = 600
const givenUpSeconds = 24 * 3600

/** Sends the mails that were asked for. A request stays until its mail was taken, whatever happens to this process. */
export async function sendResetMails(deps: Deps): Promise<void> {
  const requests = await claimRequests(deps)
  for (const request of requests) {
    await runInContext({ requestId: request.requestId ?? newId() }, () => answerRequest(deps, request))
  }
}

/** Puts off what it takes, so that no other instance takes it, and a killed one's comes again. */
function claimRequests({ database }: Deps): Promise<RequestRow[]> {
  return queryRows<RequestRow>(
    database,
    `UPDATE reset_requests SET attempts = attempts + 1, next_try_at = now() + make_interval(secs =>
       least(${maxPauseSeconds}, ${firstPauseSeconds} * power(2, least(attempts, 10))))
     WHERE email IN (
       SELECT email FROM reset_requests WHERE next_try_at <= now()
       ORDER BY next_try_at LIMIT ${atOnce} FOR UPDATE SKIP LOCKED)
     RETURNING email, host(address) AS address, user_agent AS "userAgent", request_id AS "requestId",
       extract(epoch FROM now() - asked_at)::float8 AS age_seconds`,
  )
}

async function answerRequest(deps: Deps, request: RequestRow): Promise<void> {
  const user = await findUserByEmail(deps.database, request.email)
  try {
    if (user?.is_active) await sendResetMail(deps, user, request)
  } catch (error) {
    const isOver = error instanceof RecipientRefused || request.age_seconds > givenUpSeconds
    deps.log.log(isOver ? 'error' : 'warn', 'mail_not_sent', { userId: user?.id, isOver, ...errorFields(error) })
    if (!isOver) return
  }
  await queryRow(deps.database, 'DELETE FROM reset_requests WHERE email = $1', [request.email])
}

async function sendResetMail({ database, log, sendMail, passwordResetUrl }: Deps, user: UserRow, origin: Origin) {
  const added = await addResetToken(database, user.id)
  if (!added) {
    log.info('reset_mail_withheld', { userId: user.id })
    return
  }
  try {
    await sendMail(writeResetMail(user.email, added.token, passwordResetUrl))
  } catch (error) {
    await dropResetToken(database, added.hash)
    throw error
  }
  await writeAudit(database, { action: 'password_reset_requested', userId: user.id }, origin)
  log.info('reset_mail_sent', { userId: user.id })
}
