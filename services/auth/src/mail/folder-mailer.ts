import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '@duka/kit'
import type { SendMail } from './mailer'

/** Writes each mail into a file of its own that a mail program can open, readable by this user only. */
export function createFolderMailer(dir: string, from: string): SendMail {
  return async ({ to, subject, text }) => {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const date = new Date()
    const headers = [
      `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
      `From: ${from}`,
      `To: ${to}`,
      `Subject: ${subject}`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
    ]
    const file = join(dir, `${date.toISOString().replaceAll(':', '-')}-${newId().slice(-12)}.eml`)
    await writeFile(`${file}.part`, `${headers.join('\n')}\n\n${text}`, { mode: 0o600, flag: 'wx' })
    await rename(`${file}.part`, file)
  }
}
