import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { captureLog } from '@duka/testkit'
import type { Config } from '../src/config'
import { createMailer, RecipientRefused } from '../src/mail/mailer'
import { writeResetMail } from '../src/mail/reset-mail'

const mail = writeResetMail('amina@example.com', 'secret-Token-of-a-mail', 'https://shop.example/reset')
const configured = (settings: Partial<Config>) => settings as Config

describe('without a mail server', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'duka-mail-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  test('each mail is a file that only this user can read', async () => {
    const folder = join(dir, 'deep', 'mail')
    const { log, lines } = captureLog()
    const sendMail = createMailer(configured({ MAIL_DIR: folder }), log)
    await Promise.all([sendMail(mail), sendMail(mail)])
    const files = readdirSync(folder)
    expect(files).toHaveLength(2)
    expect(files.every((file) => /^[\w-]+\.\w+Z-\w+\.eml$/.test(file))).toBe(true)
    expect(statSync(join(folder, files[0]!)).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    const [head, ...body] = readFileSync(join(folder, files[0]!), 'utf8').split('\n\n')
    expect(head).toContain('\nFrom: Duka <no-reply@duka.test>\nTo: amina@example.com\nSubject: Your new password\n')
    expect(body.join('\n\n')).toBe(mail.text)
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ event: 'mail_goes_into_folder', dir: folder }])
  })
})

describe('with a mail server', () => {
  let server: Server | undefined
  afterEach(() => void server?.close())

  /** As much of SMTP as a mail needs; `refuse` answers its command with another line. */
  async function startSmtp(refuse: Record<string, string> = {}): Promise<{ url: string; received: string[] }> {
    const received: string[] = []
    server = createServer((socket) => talk(socket, refuse, received)).listen(0, '127.0.0.1')
    await new Promise((resolve) => server?.once('listening', resolve))
    const { port } = server.address() as { port: number }
    return { url: `smtp://127.0.0.1:${port}?ignoreTLS=true`, received }
  }

  function talk(socket: Socket, refuse: Record<string, string>, received: string[]): void {
    let inData = false
    let rest = ''
    socket.write('220 mail.test ESMTP\r\n')
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      const lines = (rest + bytes.toString('utf8')).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        received.push(line)
        if (inData && line !== '.') continue
        const command = inData ? '.' : (line.split(/[ :]/)[0] ?? '').toUpperCase()
        inData = command === 'DATA'
        const usual = inData ? '354 go on' : command === 'QUIT' ? '221 bye' : '250 ok'
        socket.write(`${refuse[command] ?? usual}\r\n`)
      }
    })
  }

  const mailer = (url: string) => {
    const { log, lines } = captureLog()
    return { lines, sendMail: createMailer(configured({ SMTP_URL: url, MAIL_FROM: 'Duka <shop@example.com>' }), log) }
  }

  test('hands the mail over', async () => {
    const { url, received } = await startSmtp()
    const { sendMail, lines } = mailer(url)
    await sendMail(mail)
    const text = received.join('\n').replace(/=\n/g, '').replaceAll('=3D', '=')
    expect(text).toContain('MAIL FROM:<shop@example.com>')
    expect(text).toContain('RCPT TO:<amina@example.com>')
    expect(text).toContain('From: Duka <shop@example.com>')
    expect(text).toContain('Subject: Your new password')
    expect(text).toContain('https://shop.example/reset#token=secret-Token-of-a-mail')
    expect(lines).toEqual([])
  })

  test('a mailbox that does not exist is told apart from a server that cannot just now', async () => {
    const unknown = await startSmtp({ RCPT: '550 no such user' })
    await expect(mailer(unknown.url).sendMail(mail)).rejects.toBeInstanceOf(RecipientRefused)
    server?.close()
    const busy = await startSmtp({ RCPT: '451 try later' })
    await expect(mailer(busy.url).sendMail(mail)).rejects.toThrow('451')
    await expect(mailer(busy.url).sendMail(mail)).rejects.not.toBeInstanceOf(RecipientRefused)
  })

  test('a server that is not there, or refuses the content, is a failure', async () => {
    const refusing = await startSmtp({ '.': '554 looks like spam' })
    await expect(mailer(refusing.url).sendMail(mail)).rejects.toThrow('554')
    server?.close()
    await expect(mailer('smtp://127.0.0.1:1').sendMail(mail)).rejects.toThrow('ECONNREFUSED')
  })
})
