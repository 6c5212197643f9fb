import type { Log } from '@duka/kit'
import type { Config } from '../config'
import { createFolderMailer } from './folder-mailer'
import { createSmtpMailer } from './smtp-mailer'

/** A mail in plain text; the subject in ASCII. */
export interface Mail {
  to: string
  subject: string
  text: string
}

/** Hands a mail over. Throws where it was not taken, RecipientRefused where it never will be. */
export type SendMail = (mail: Mail) => Promise<void>

/** There is no such mailbox: sending again would not help. */
export class RecipientRefused extends Error {}

const defaultSender = 'Duka <no-reply@duka.test>'

/** By SMTP where a server is set; otherwise into a folder, where a developer can read it and no log does. */
export function createMailer({ SMTP_URL, MAIL_FROM = defaultSender, MAIL_DIR }: Config, log: Log): SendMail {
  if (SMTP_URL !== undefined) return createSmtpMailer(SMTP_URL, MAIL_FROM)
  log.warn('mail_goes_into_folder', { dir: MAIL_DIR })
  return createFolderMailer(MAIL_DIR, MAIL_FROM)
}
