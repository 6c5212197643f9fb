import { relative } from 'node:path'
import type { Customer } from './seed-shop'
import type { Shop } from './shop'

/** What a newcomer needs, once everything is ready. Passwords that the user chose are not repeated. */
export function writeBanner(shop: Shop, customer: Customer | undefined, readySeconds: number): string {
  const base = shop.settings.PUBLIC_BASE_URL ?? ''
  const { daraja, stripe } = shop.urls
  const rows: [string, string | undefined][] = [
    ['Shop', base],
    ['Admin', adminLine(shop)],
    ['Customer', customer && `${customer.email}  password ${customer.password}`],
    ['Phone', daraja ? `${daraja}/phone  (M-Pesa prompts arrive here)` : undefined],
    ['M-Pesa', daraja ? undefined : mpesaLine(shop)],
    ['Cards', stripe ? `${stripe}/cards  (who pays by card is played here)` : stripeLine(shop)],
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

function adminLine({ settings, given }: Shop): string | undefined {
  if (!settings.ADMIN_EMAIL) return undefined
  return `${settings.ADMIN_EMAIL}  password ${given.ADMIN_PASSWORD ? 'as in ADMIN_PASSWORD' : settings.ADMIN_PASSWORD}`
}

function stripeLine({ given }: Shop): string {
  if (!given.STRIPE_SECRET_KEY) return 'not taken  (STRIPE_SECRET_KEY is not set)'
  return `${given.STRIPE_API_BASE_URL ?? "Stripe's own"}  (no simulator)`
}

function mpesaLine({ given }: Shop): string {
  return `${given.MPESA_BASE_URL ?? `Safaricom's own, ${given.MPESA_ENVIRONMENT ?? 'sandbox'}`}  (no simulator)`
}
