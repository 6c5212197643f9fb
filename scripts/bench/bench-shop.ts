import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePortSettings } from '../free-port'
import { exitCodes, OperatorError } from '../operator-error'
import { removePostgres } from '../postgres'
import { postgresDir } from '../supervisor/embedded-databases'
import { services, settingNames, simulators } from '../supervisor/processes'
import { foreignDatabases, foreignProviders, type GivenSettings } from '../supervisor/read-settings'
import { Shop } from '../supervisor/shop'

export interface LogLine {
  process: string
  text: string
}

export interface BenchShop {
  shop: Shop
  /** What the processes wrote: warnings and worse only. */
  lines: LogLine[]
  /** Stops it and throws its data away. */
  remove(): Promise<void>
}

const rootDir = join(__dirname, '../../..')
const keptLines = 10_000

const loadSettings = {
  LOG_LEVEL: 'warn',
  RATE_LIMIT_FACTOR: '1000000',
  // Customers are registered before anything is measured; the default cost would only make that slow.
  BCRYPT_COST: '4',
  DARAJA_SIMULATOR_AUTO: 'pay',
  DARAJA_SIMULATOR_AUTO_DELAY_MS: '0',
}

/** A load may only ever meet databases and a provider made for it. Throws an OperatorError where others are set. */
export function refuseForeign(given: GivenSettings): void {
  const foreign = [...foreignDatabases(given), ...foreignProviders(given)]
  if (foreign.length === 0) return
  throw new OperatorError(
    `The benchmark runs on databases and a simulator of its own: unset ${foreign.join(', ')} (environment or .env) first.`,
    exitCodes.wrongSetting,
  )
}

/** A shop that is not started yet, on free ports and in a temporary folder, deaf to all other settings. */
export async function makeBenchShop(): Promise<BenchShop> {
  const dataDir = mkdtempSync(join(tmpdir(), 'duka-bench-'))
  // Started by root, PostgreSQL runs as another user, who has to get here.
  chmodSync(dataDir, 0o755)
  const lines: LogLine[] = []
  const output = (process: string, text: string) => {
    lines.push({ process, text })
    lines.splice(0, lines.length - keptLines)
  }
  const shop = new Shop({ rootDir, env: { ...(await settingsOf(dataDir)) }, output })
  let removing: Promise<void> | undefined
  const remove = async () => {
    await shop.stop()
    await removePostgres(postgresDir(dataDir))
    rmSync(dataDir, { recursive: true, force: true })
  }
  return {
    shop,
    lines,
    remove() {
      removing ??= remove()
      return removing
    },
  }
}

async function settingsOf(dataDir: string): Promise<Record<string, string>> {
  // An empty value counts as none and goes before .env, so nothing of the user's own settings is left.
  const settings = Object.fromEntries([...settingNames].map((name) => [name, '']))
  const ports = await freePortSettings([...services, ...simulators])
  return { ...settings, ...ports, ...loadSettings, DUKA_DATA_DIR: dataDir }
}
