import { relative } from 'node:path'
import type { Admin } from '../demo-shop/find-admin'
import type { Customer } from './seed-shop'
import type { Shop } from './shop'

/** What a newcomer needs, once everything is ready. Passwords that the user chose are not repeated. */
export function writeBanner(
  shop: Shop,
  { admin, customer }: { admin: Admin | undefined; customer: Customer | undefined },
  readySeconds: number,
): string {
  const base = shop.settings.PUBLIC_BASE_URL ?? ''
  const { daraja, stripe } = shop.urls
  const rows: [string, string | undefined][] = [
    ['Shop', base],
    ['Admin', adminLine(shop, admin)],
    ['Customer', customer && `${customer.email}  password ${customer.password}`],
    ['Phone', daraja ? `${daraja}/phone  (M-Pesa prompts arrive here)` : undefined],
    ['M-Pesa', daraja ? undefined : mpesaLine(shop)],
    ['Cards', stripe ? `${stripe}/cards  (who pays by card is played here)` : stripeLine(shop)],
    ['Docs', `${base}/api/docs  (every endpoint, to read and to try)`],
    ['Data', `${shortPath(shop.dataDir)}  (npm start -- --reset starts over)`],
    ['Try', `curl '${base}/api/products?limit=3'`],
    ['Stop', 'Ctrl-C'],
  ]
  const lines = rows.flatMap(([name, text]) => (text ? [`  ${name.padEnd(9)} ${text}`] : []))
  return ['', `  Duka is ready after ${readySeconds.toFixed(1)} s.`, '', ...lines, '', ''].join('\n')
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short && !short.startsWith('..') ? short : path
}

/** Says a password only where it is known to be the account's. */
function adminLine({ settings, given }: Shop, admin: Admin | undefined): string | undefined {
  const { ADMIN_EMAIL: email } = settings
  if (!email) return undefined
  const older = given.ADMIN_PASSWORD ? '  (older than ADMIN_PASSWORD, which changes no account)' : ''
  if (!admin) return `${email}  password as it was set in the shop${older}`
  if (admin.password === given.ADMIN_PASSWORD) return `${email}  password as in ADMIN_PASSWORD`
  return `${email}  password ${admin.password}${older}`
}

function stripeLine({ given }: Shop): string {
  if (!given.STRIPE_SECRET_KEY) return 'not taken  (STRIPE_SECRET_KEY is not set)'
  return `${given.STRIPE_API_BASE_URL ?? "Stripe's own"}  (no simulator)`
}

function mpesaLine({ given }: Shop): string {
  return `${given.MPESA_BASE_URL ?? `Safaricom's own, ${given.MPESA_ENVIRONMENT ?? 'sandbox'}`}  (no simulator)`
}
