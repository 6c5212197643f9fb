import { BlockList, isIP } from 'node:net'
import { type Check, codeOf, type Finding, ok, warning, wrong } from './check'
import { getPage } from './get-page'
import { isSimulated } from './installation'

const what = 'callback address'
const mend = 'set PUBLIC_BASE_URL (or MPESA_CALLBACK_URL) to the public https address of the gateway'

/** Words that Safaricom takes in no callback address (Daraja, Register URL). */
const refusedWords = /m-?pesa|safaricom|exe|exec|cmd|sql|query/i

/** Where providers send what became of a payment. */
export const callbackCheck: Check = {
  name: 'callback',
  run: async ({ settings, given, isStopped }) => {
    const base = settings.MPESA_CALLBACK_URL || settings.PUBLIC_BASE_URL || ''
    if (!URL.canParse(base)) return [wrong(what, 'is no address', mend)]
    const problems = isSimulated('daraja', given) || !settings.MPESA_CONSUMER_KEY ? [] : breaksRules(new URL(base))
    return [...problems, ...(isStopped ? [] : await reach(base))]
  },
}

/** What Safaricom would say about an address. */
export function breaksRules({ protocol, hostname, port, href }: URL): Finding[] {
  const word = refusedWords.exec(href)?.[0]
  return [
    ...(protocol === 'https:' ? [] : [wrong(what, 'is not https, which Safaricom requires', mend)]),
    ...(word ? [wrong(what, `contains "${word}", which Safaricom refuses`, 'use a name and path without it')] : []),
    ...(port ? [warning(what, `names port ${port}`, 'use 443: Safaricom may not reach others')] : []),
    ...(tunnels.test(hostname)
      ? [warning(what, `${hostname} is a tunnel, which Safaricom refuses in production`, mend)]
      : []),
    ...(isPublic(hostname) ? [] : [wrong(what, `${hostname} is not reachable from outside`, mend)]),
  ]
}

const tunnels = /\.(ngrok\.\w+|ngrok-free\.\w+|loca\.lt|trycloudflare\.com|serveo\.net|lhr\.life|devtunnels\.ms)$/i

/** Addresses that nobody outside can reach (RFC 6890); those of version 4 count in the form of version 6 too. */
const notPublic = new BlockList()
for (const subnet of [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/3',
]) {
  const [address = '', bits] = subnet.split('/')
  notPublic.addSubnet(address, Number(bits), 'ipv4')
}
notPublic.addSubnet('::', 127, 'ipv6')
notPublic.addSubnet('fc00::', 7, 'ipv6')
notPublic.addSubnet('fe80::', 10, 'ipv6')

function isPublic(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  const version = isIP(host)
  if (version > 0) return !notPublic.check(host, version === 6 ? 'ipv6' : 'ipv4')
  return host.includes('.') && !/\.(local|localhost|internal|test|invalid|example)$/i.test(host)
}

// From here, which says that name, certificate and gateway are right, and not that everybody gets through to them.
async function reach(base: string): Promise<Finding[]> {
  const { host } = new URL(base)
  try {
    const { status, data } = await getPage(`${base.replace(/\/+$/, '')}/health`)
    const isGateway = status === 200 && (data as { status?: unknown } | null)?.status === 'ok'
    if (isGateway) return [ok(what, `${host} leads to the gateway`)]
    return [wrong(what, `${host} answers, but not as the gateway (${status})`, mend)]
  } catch (error) {
    return [wrong(what, `${host} does not answer (${codeOf(error)})`, `start the shop; if it runs, ${mend}`)]
  }
}
