import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePortSettings } from './free-port'
import { exitCodes, OperatorError } from './operator-error'
import { removePostgres } from './postgres'
import { postgresDir } from './supervisor/embedded-databases'
import { services, settingNames, simulators } from './supervisor/processes'
import { foreignDatabases, foreignProviders, type GivenSettings } from './supervisor/read-settings'
import { Shop } from './supervisor/shop'

export interface LogLine {
  process: string
  text: string
}

export interface OwnShop {
  shop: Shop
  dataDir: string
  /** The last of what the processes wrote. */
  lines: LogLine[]
  /** Stops it and throws its data away. */
  remove(): Promise<void>
}

export interface OwnShopOptions {
  /** Where services/ and simulators/ lie. */
  rootDir: string
  /** What it is for: a part of its folder's name. */
  purpose: string
  settings: Record<string, string>
  /** What depends on the ports that were found, such as addresses. */
  settingsAt?: (ports: Record<string, string>, dataDir: string) => Promise<Record<string, string>>
}

const keptLines = 10_000

/** A load may only ever meet databases and providers made for it. Throws an OperatorError where others are set. */
export function refuseForeign(given: GivenSettings, who: string): void {
  const foreign = [...foreignDatabases(given), ...foreignProviders(given)]
  if (foreign.length === 0) return
  throw new OperatorError(
    `${who} runs on databases and simulators of its own: unset ${foreign.join(', ')} (environment or .env) first.`,
    exitCodes.wrongSetting,
  )
}

/** A shop that is not started yet, on free ports and in a temporary folder, deaf to all other settings. */
export async function makeOwnShop({ rootDir, purpose, settings, settingsAt }: OwnShopOptions): Promise<OwnShop> {
  const dataDir = mkdtempSync(join(tmpdir(), `duka-${purpose}-`))
  // Started by root, PostgreSQL runs as another user, who has to get here.
  chmodSync(dataDir, 0o755)
  // An empty value counts as none and goes before .env, so nothing of the user's own settings is left.
  const none = Object.fromEntries([...settingNames].map((name) => [name, '']))
  const ports = await freePortSettings([...services, ...simulators])
  const env = { ...none, ...ports, ...settings, ...(await settingsAt?.(ports, dataDir)), DUKA_DATA_DIR: dataDir }
  const lines: LogLine[] = []
  const output = (process: string, text: string) => {
    lines.push({ process, text })
    lines.splice(0, lines.length - keptLines)
  }
  const shop = new Shop({ rootDir, env, output })
  let removing: Promise<void> | undefined
  const remove = async () => {
    await shop.stop()
    await removePostgres(postgresDir(dataDir))
    rmSync(dataDir, { recursive: true, force: true })
  }
  return {
    shop,
    dataDir,
    lines,
    remove() {
      removing ??= remove()
      return removing
    },
  }
}
