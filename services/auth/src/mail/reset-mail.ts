import { resetTokenMinutes } from '../reset-tokens'
import type { Mail } from './mailer'

/**
 * Says nothing that came from whoever opened the account: with a name such as a link, they could write to strangers
 * through us. The token is in the part of the link that browsers keep to themselves, so that no server's log and no Referer has it.
 */
export function writeResetMail(to: string, token: string, page?: string): Mail {
  const way = page
    ? `To choose a new password, open this link:\n\n${page}#token=${token}`
    : `To choose a new password, enter this code where you asked for it:\n\n${token}`
  return {
    to,
    subject: 'Your new password',
    text: `Hello,

somebody, probably you, asked for a new password for your account.
${way}

It works once, for ${resetTokenMinutes} minutes. If you did not ask, do nothing: your password stays as it is.
`,
  }
}
