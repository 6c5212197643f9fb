import { OperatorError } from '../operator-error'
import { findBinaries } from '../postgres/binaries'

/** The first entry of a backup: what it can be restored with. */
export type About = {
  format: number
  createdAt: string
  postgres: string
  platform: string
  databases: string[]
  /** Of the data unpacked, so that a full disk is seen before it is. */
  bytes: number
}

export const aboutName = 'about.json'

const format = 1

export function describeBackup(databases: string[], bytes: number): About {
  return { format, createdAt: new Date().toISOString(), ...ownKind(), databases, bytes }
}

/** Files of PostgreSQL fit the same major version on the same kind of machine only. */
export function refuseOtherKind(about: About): void {
  const own = ownKind()
  if (about.format !== format) {
    throw new OperatorError(`This backup was made by another version of this program (format ${about.format}).`)
  }
  if (majorOf(about.postgres) !== majorOf(own.postgres)) {
    throw new OperatorError(
      `This backup is of PostgreSQL ${majorOf(about.postgres)} and this is PostgreSQL ${majorOf(own.postgres)}: restore it with the version of Duka that made it.`,
    )
  }
  if (about.platform !== own.platform) {
    throw new OperatorError(
      `This backup was made on ${about.platform} and this is ${own.platform}: restore it on a machine of the same kind.`,
    )
  }
}

function ownKind(): { postgres: string; platform: string } {
  return { postgres: findBinaries().version, platform: `${process.platform}-${process.arch}` }
}

function majorOf(version: string): string {
  return version.split('.')[0] ?? ''
}
