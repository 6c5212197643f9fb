import { join } from 'node:path'
import { makeOwnShop, type OwnShop } from '../own-shop'

const loadSettings = {
  LOG_LEVEL: 'warn',
  RATE_LIMIT_FACTOR: '1000000',
  // Customers are registered before anything is measured; the default cost would only make that slow.
  BCRYPT_COST: '4',
  DARAJA_SIMULATOR_AUTO: 'pay',
  DARAJA_SIMULATOR_AUTO_DELAY_MS: '0',
}

/** A shop that is not started yet, made to be loaded; with further settings where it is compared. */
export function makeBenchShop(settings: Record<string, string> = {}): Promise<OwnShop> {
  const rootDir = join(__dirname, '../../..')
  return makeOwnShop({ rootDir, purpose: 'bench', settings: { ...loadSettings, ...settings } })
}
