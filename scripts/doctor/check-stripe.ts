import { type Check, codeOf, type Finding, ok, warning, wrong } from './check'
import { getPage, type Page } from './get-page'
import { type Installation, isSimulated } from './installation'
import { compareClocks } from './skew'

const what = 'Stripe'
const ownAddress = 'https://api.stripe.com'
const leastSecretLength = 20

/** The account at Stripe, by reading its latest event, as the shop does to catch up with what it missed. */
export const stripeCheck: Check = {
  name: 'stripe',
  run: async (installation) => {
    const { settings, given, isStopped } = installation
    if (isStopped && isSimulated('stripe', given)) return []
    if (!settings.STRIPE_SECRET_KEY) return [ok(what, 'not offered: no keys are set')]
    return [...shapeProblems(settings), ...modeProblems(installation), ...(await checkKey(settings))]
  },
}

async function checkKey(settings: Installation['settings']): Promise<Finding[]> {
  const base = settings.STRIPE_API_BASE_URL || ownAddress
  const { host } = new URL(base)
  try {
    return judge(
      await getPage(`${base}/v1/events?limit=1`, { authorization: `Bearer ${settings.STRIPE_SECRET_KEY}` }),
      host,
    )
  } catch (error) {
    return [wrong(what, `${host} does not answer (${codeOf(error)})`, 'look at the network, its proxy and DNS')]
  }
}

function judge({ status, date, before, after }: Page, host: string): Finding[] {
  const clock = date && compareClocks("Stripe's clock", date, before, after, 1_000)
  return [judgeStatus(status, host), ...(clock ? [clock] : [])]
}

function judgeStatus(status: number, host: string): Finding {
  if (status === 200) return ok(what, `${host} takes the secret key`)
  if (status === 403) {
    return wrong(
      what,
      `${host} knows the key, which may not read events`,
      'let the restricted key read Events in the dashboard',
    )
  }
  return wrong(
    what,
    `${host} refuses the secret key (${status})`,
    'correct STRIPE_SECRET_KEY, or make a new key in the dashboard',
  )
}

function shapeProblems({ STRIPE_WEBHOOK_SECRET: secret = '' }: Installation['settings']): Finding[] {
  if (/^whsec_\S+$/.test(secret) && secret.length >= leastSecretLength) return []
  return [
    wrong(
      'Stripe webhook',
      'STRIPE_WEBHOOK_SECRET does not look like whsec_…',
      "copy the endpoint's signing secret from the dashboard",
    ),
  ]
}

function modeProblems({ settings, nodeEnv }: Installation): Finding[] {
  if (nodeEnv !== 'production' || /^[sr]k_live_/.test(settings.STRIPE_SECRET_KEY ?? '')) return []
  return [warning(what, 'NODE_ENV is production and the keys are of test mode', 'set the live keys to take real money')]
}
