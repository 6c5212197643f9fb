import { runSimulator } from '@duka/simulator-kit'
import { createStripeSimulator } from './app'
import { readConfig } from './config'

runSimulator({
  readConfig,
  create: (config, origin) => createStripeSimulator({ origin, ...config.simulator, log: console.log }),
  greeting: (origin) => `Stripe simulator on ${origin}, cards at ${origin}/cards`,
  portSetting: 'STRIPE_SIMULATOR_PORT',
  print: console.log,
  printError: console.error,
})
