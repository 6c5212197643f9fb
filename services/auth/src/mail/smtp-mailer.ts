import type { Transporter } from 'nodemailer'
import { RecipientRefused, type SendMail } from './mailer'

const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000, dnsTimeout: 10_000 }

/** Sends by SMTP, over one connection per mail: they are few. */
export function createSmtpMailer(url: string, from: string): SendMail {
  let transport: Promise<Transporter> | undefined
  return async ({ to, subject, text }) => {
    transport ??= createTransport(url, from)
    const ready = await transport
    // As an object, so that nothing in the address is read as a list or a comment.
    await ready.sendMail({ to: { name: '', address: to }, subject, text }).catch(rethrow)
  }
}

/** The library is loaded with the first mail: most processes never send one. */
async function createTransport(url: string, from: string): Promise<Transporter> {
  const { default: nodemailer } = await import('nodemailer')
  return nodemailer.createTransport({ url, ...timeouts, disableFileAccess: true, disableUrlAccess: true }, { from })
}

function rethrow(error: Error & { code?: string; responseCode?: number }): never {
  const isFinal = error.code === 'EENVELOPE' && (error.responseCode ?? 0) >= 500
  throw isFinal ? new RecipientRefused(error.message) : error
}
