import { setting } from '@duka/kit'
import { z } from 'zod'

const key = (kind: string, shape: RegExp) => z.string().regex(shape, `must be a ${kind}`).optional()

const keys = {
  STRIPE_SECRET_KEY: key('secret key of Stripe, sk_… or rk_…', /^[sr]k_(test|live)_\S+$/),
  STRIPE_PUBLISHABLE_KEY: key('publishable key of Stripe, pk_…', /^pk_(test|live)_\S+$/),
  STRIPE_WEBHOOK_SECRET: key('signing secret of Stripe, whsec_…', /^whsec_\S+$/),
}

/** What payment reads about Stripe: all keys or none, and all of one mode. */
export const stripeSettings = { ...keys, STRIPE_API_BASE_URL: setting.httpUrl.optional() }

type StripeSettings = z.output<z.ZodObject<typeof stripeSettings>>

/** What is wrong about the keys together, by name. */
export function stripeProblems(config: StripeSettings): { name: string; message: string }[] {
  const names = Object.keys(keys) as (keyof typeof keys)[]
  const missing = names.filter((name) => !config[name])
  if (missing.length === names.length) return []
  const modes = [config.STRIPE_SECRET_KEY, config.STRIPE_PUBLISHABLE_KEY].map((key) => key?.split('_')[1])
  const isMixed = modes.includes('test') && modes.includes('live')
  const mode = {
    name: 'STRIPE_PUBLISHABLE_KEY',
    message: 'must be of the same mode as STRIPE_SECRET_KEY, test or live',
  }
  return [
    ...missing.map((name) => ({ name, message: 'is needed with the other keys of Stripe' })),
    ...(isMixed ? [mode] : []),
  ]
}
