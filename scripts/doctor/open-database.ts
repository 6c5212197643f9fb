import { isIP } from 'node:net'
import { Client } from 'pg'
import { type Finding, warning, wrong } from './check'

const timeoutMs = 5_000

/** Does something at a database, by a connection that cannot write. */
export async function withDatabase<T>(url: string | undefined, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    application_name: 'doctor',
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    query_timeout: 2 * timeoutMs,
    options: '-c default_transaction_read_only=on',
  })
  client.on('error', () => {})
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

const mends: Record<string, string> = {
  '28P01': 'correct its user and password',
  '28000': 'correct its user, or let that user in (pg_hba.conf, TLS)',
  '3D000': 'correct the name of its database, or create it',
  '42501': 'let its user read the tables',
  '53300': 'raise max_connections, or stop what uses up the connections',
  '57P03': 'wait until the server has started, or see in its log why it does not',
  ENOTFOUND: 'correct its host; @, /, # and the like in a password are written as %40, %2F, %23',
  ERR_INVALID_URL:
    'write it as postgres://user:password@host:5432/database, with %40 for @ and the like in the password',
}

/** A database that cannot be looked at, and what may be done about it. */
export function unreachable(what: string, setting: string, code: string): Finding {
  const mend = mends[code] ?? 'start the server, or correct its address'
  return wrong(what, `does not answer (${code})`, `${setting}: ${mend}`)
}

/** Passwords and customers' data are for nobody on the way. */
export function checkEncryption(what: string, tls: boolean, url: string): Finding[] {
  if (tls || !isElsewhere(url)) return []
  const mend = 'add ?sslmode=verify-full to the URL, and let the server have a certificate'
  return [warning(what, 'the connection is not encrypted', mend)]
}

// Names without a dot are of a private network of containers.
function isElsewhere(url: string): boolean {
  const { hostname } = new URL(url)
  if (hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname)) return false
  return isIP(hostname.replace(/^\[|\]$/g, '')) > 0 || hostname.includes('.')
}
