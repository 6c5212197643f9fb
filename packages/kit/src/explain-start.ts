interface Explained {
  /** What is wrong and what to do, without any value that could hold a password. */
  line: string
  /** Starting again would not help. */
  isLasting: boolean
}

interface Fault {
  name?: string
  code?: string
  syscall?: string
  address?: string
  port?: number
  /** The settings that said where to listen, where it is not the service's own port. */
  portSetting?: string
  hostSetting?: string
  parent?: { code?: string }
}

/** PostgreSQL's: no such user or a wrong password, no such database. */
const refused = new Set(['28000', '28P01', '3D000'])

const startingCode = '57P03'

/** Node's, for a certificate that nobody vouches for, that has ended, or that is somebody else's. */
const untrusted = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_CERT_)/

/** Says in one line why a service could not start, where its surroundings are the cause; undefined where it is ourselves. */
export function explainStart(service: string, error: unknown): Explained | undefined {
  const fault = error as Fault
  const prefix = service.toUpperCase()
  if (fault.syscall === 'listen') return explainListen(prefix, fault)
  if (!fault.name?.startsWith('Sequelize') || !fault.parent?.code) return undefined
  const { code } = fault.parent
  if (refused.has(code)) {
    const line = `${prefix}_DATABASE_URL is refused by the server (${code}): correct its user, password, database or sslmode.`
    return { line, isLasting: true }
  }
  if (untrusted.test(code)) {
    const line = `The certificate of the server of ${prefix}_DATABASE_URL is not trusted (${code}): name the host that it is for, and its authority's file as sslrootcert.`
    return { line, isLasting: true }
  }
  if (code === startingCode) {
    const line = `The server of ${prefix}_DATABASE_URL is still starting (${code}): wait for it, or look at its log.`
    return { line, isLasting: false }
  }
  if (!/^E[A-Z_]+$/.test(code)) return undefined
  const line = `The server of ${prefix}_DATABASE_URL cannot be reached (${code}): start it, or correct the address.`
  return { line, isLasting: false }
}

function explainListen(prefix: string, fault: Fault): Explained | undefined {
  const { code, address, port, portSetting = `${prefix}_PORT`, hostSetting = 'HOST' } = fault
  if (code === 'EADDRNOTAVAIL') {
    return {
      line: `${hostSetting} ${address} is no address of this machine: correct it, or leave it out.`,
      isLasting: true,
    }
  }
  if (code === 'EADDRINUSE') {
    return {
      line: `Port ${port} is taken: set ${portSetting} to another, or stop what listens there.`,
      isLasting: false,
    }
  }
  return undefined
}
