import { type Check, codeOf, type Finding, ok, warning, wrong } from './check'
import { getPage, type Page } from './get-page'
import { type Installation, isSimulated } from './installation'
import { compareClocks } from './skew'

const what = 'M-Pesa'
const hosts = { sandbox: 'https://sandbox.safaricom.co.ke', production: 'https://api.safaricom.co.ke' }
const needed = ['MPESA_CONSUMER_KEY', 'MPESA_CONSUMER_SECRET', 'MPESA_SHORTCODE', 'MPESA_PASSKEY'] as const

/** The account at Safaricom, by asking for a token: the one call that changes nothing and proves the credentials. */
export const mpesaCheck: Check = {
  name: 'mpesa',
  run: async (installation) => {
    const { settings, given, isStopped } = installation
    if (isStopped && isSimulated('daraja', given)) return []
    const missing = needed.filter((name) => !settings[name])
    if (missing.length === needed.length) return [ok(what, 'not offered: no credentials are set')]
    if (missing.length > 0)
      return [wrong(what, `not offered: ${missing.join(', ')} missing`, 'set all four, from your Daraja app')]
    return [...refundProblems(settings), ...modeProblems(installation), ...(await checkToken(settings))]
  },
}

function baseOf(settings: Installation['settings']): string {
  return settings.MPESA_BASE_URL || hosts[settings.MPESA_ENVIRONMENT === 'production' ? 'production' : 'sandbox']
}

async function checkToken(settings: Installation['settings']): Promise<Finding[]> {
  const basic = Buffer.from(`${settings.MPESA_CONSUMER_KEY}:${settings.MPESA_CONSUMER_SECRET}`).toString('base64')
  const url = `${baseOf(settings)}/oauth/v1/generate?grant_type=client_credentials`
  try {
    return judge(await getPage(url, { authorization: `Basic ${basic}` }), new URL(url).host)
  } catch (error) {
    return [
      wrong(what, `${new URL(url).host} does not answer (${codeOf(error)})`, 'look at the network, its proxy and DNS'),
    ]
  }
}

function judge({ status, data, date, before, after }: Page, host: string): Finding[] {
  const hasToken = status === 200 && typeof (data as { access_token?: unknown } | null)?.access_token === 'string'
  const token = hasToken
    ? ok(what, `${host} takes the credentials`)
    : wrong(
        what,
        `${host} refuses the credentials (${status})`,
        'correct MPESA_CONSUMER_KEY and MPESA_CONSUMER_SECRET; sandbox and production have different ones',
      )
  const clock = date && compareClocks("Safaricom's clock", date, before, after, 1_000)
  return [token, ...(clock ? [clock] : [])]
}

function refundProblems({
  MPESA_INITIATOR_NAME: name,
  MPESA_SECURITY_CREDENTIAL: credential,
}: Installation['settings']): Finding[] {
  if (!name && !credential) {
    return [
      warning(
        'M-Pesa refunds',
        'are made by hand',
        'set MPESA_INITIATOR_NAME and MPESA_SECURITY_CREDENTIAL to have them sent',
      ),
    ]
  }
  // RSA of 2048 bits makes 256 bytes.
  if (credential && Buffer.from(credential, 'base64').length === 256) return []
  return [
    wrong(
      'M-Pesa refunds',
      'MPESA_SECURITY_CREDENTIAL is not 256 bytes in base64',
      "encrypt the initiator's password with Safaricom's certificate (PKCS#1 v1.5)",
    ),
  ]
}

function modeProblems({ settings, nodeEnv }: Installation): Finding[] {
  if (nodeEnv !== 'production' || settings.MPESA_ENVIRONMENT === 'production') return []
  return [
    warning(
      what,
      'NODE_ENV is production and MPESA_ENVIRONMENT is not',
      'set MPESA_ENVIRONMENT=production to take real money',
    ),
  ]
}
